#![no_main]

#[allow(dead_code, reason = "each target knocks at one door")]
mod doors;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| doors::login_answer(bytes));
