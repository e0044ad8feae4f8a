//! What a wrong configuration is told, word for word where the words are the point.

use secrecy::ExposeSecret as _;

use super::*;

mod deploy;
mod installed;
mod placeholders;
mod secrets;

const HASH: &str = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c";

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_text(text, "chronus-teams.toml", variables)
}

#[track_caller]
fn problems(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let error = read(text, variables).unwrap_err();
    error.problems.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn problem(text: &str) -> String {
    let found = problems(text, &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap()
}

fn organization(id: &str, tenant: &str) -> String {
    format!("[[organizations]]\nid = \"{id}\"\ntenant_id = \"{tenant}\"\n")
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = read("", &[]).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:3978");
    assert_eq!(config.limits(), actors::lane::Limits::default());
    assert_eq!(config.rules(), actors::settings::Rules::default());
    assert_eq!(
        config.actors.settings(),
        actors::settings::ActorSettings::default()
    );
    assert_eq!(
        config.responses.rules(),
        actors::responder::HandOverRules::default()
    );
    assert!(config.teams.require_endorsements);
}

#[test]
fn the_example_file_is_accepted() {
    let example = include_str!("../../chronus-teams.example.toml");
    let config = read(example, &[]).unwrap();
    assert_eq!(config.organizations.len(), 1);
}

#[test]
fn the_example_file_and_the_documentation_name_every_key() {
    let example = include_str!("../../chronus-teams.example.toml");
    let documentation = include_str!("../../docs/configuration.md");
    for key in schema::KEYS {
        let name = key.path.rsplit('.').next().unwrap();
        assert!(
            example.contains(name),
            "{} is missing in chronus-teams.example.toml",
            key.path
        );
        assert!(
            documentation.contains(&format!("`{}`", key.path)),
            "{} is missing in docs/configuration.md",
            key.path
        );
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_likely_one() {
    assert_eq!(
        problem("[http]\nlisten_on = \"127.0.0.1:1\""),
        "http.listen_on (chronus-teams.toml): nothing is called so; did you mean `http.listen`?"
    );
    assert_eq!(
        problem("max_batch = 3"),
        "max_batch (chronus-teams.toml): nothing is called so; did you mean `http.max_batch`?"
    );
    assert_eq!(
        problem("[htpp]\nlisten = \"127.0.0.1:1\""),
        "htpp (chronus-teams.toml): nothing is called so; did you mean `http`?"
    );
    assert_eq!(
        problem("[[organisations]]\nid = \"acme\""),
        "organisations (chronus-teams.toml): nothing is called so; did you mean `organizations`?"
    );
    assert_eq!(
        problem("[zebra]"),
        "zebra (chronus-teams.toml): nothing is called so; docs/configuration.md lists every key"
    );
}

#[test]
fn an_unknown_variable_is_refused_with_the_likely_one() {
    assert_eq!(
        problems(
            "",
            &[("CHRONUS_TEAMS_HTTP__LISTEM", "x"), ("CHRONUS_TEAMS_HTTP", "x")]
        ),
        [
            "http (variable CHRONUS_TEAMS_HTTP): this names a section, not a key; go on with two underscores and \
             the key, as in CHRONUS_TEAMS_HTTP__…",
            "http.listem (variable CHRONUS_TEAMS_HTTP__LISTEM): nothing is called so; did you mean \
             `CHRONUS_TEAMS_HTTP__LISTEN`?",
        ]
    );
}

#[test]
fn a_variable_comes_before_the_file_and_is_named_when_it_is_wrong() {
    let file = "[http]\nlisten = \"127.0.0.1:1\"\nmax_batch = 7";
    let config = read(file, &[("CHRONUS_TEAMS_HTTP__LISTEN", "127.0.0.1:2")]).unwrap();
    assert_eq!((config.http.listen.port(), config.http.max_batch), (2, 7));
    assert_eq!(
        problems(file, &[("CHRONUS_TEAMS_HTTP__LISTEN", "here")]),
        [
            "http.listen (variable CHRONUS_TEAMS_HTTP__LISTEN): \"here\" is not an address; write number and port, \
          such as 127.0.0.1:3978"
        ]
    );
    assert_eq!(
        problems(file, &[("CHRONUS_TEAMS_HTTP__MAX_BATCH", "many")]),
        ["http.max_batch (variable CHRONUS_TEAMS_HTTP__MAX_BATCH): this is not a whole number"]
    );
}

#[test]
fn variables_reach_into_lists_and_read_what_the_key_takes() {
    let config = read(
        &organization("acme", "t-1"),
        &[
            ("CHRONUS_TEAMS_CONFIG", "elsewhere.toml"),
            (
                "CHRONUS_TEAMS_ORGANIZATIONS__0__WEBHOOK__URL",
                "https://chronus.example/hook",
            ),
            (
                "CHRONUS_TEAMS_ORGANIZATIONS__0__WEBHOOK__SECRET",
                "whsec_c2VjcmV0",
            ),
            ("CHRONUS_TEAMS_ORGANIZATIONS__1__ID", "bolt"),
            ("CHRONUS_TEAMS_ORGANIZATIONS__1__TENANT_ID", "t-2"),
            ("CHRONUS_TEAMS_TEAMS__ALLOWED_HOSTS", "one.example, *.two.example"),
            ("CHRONUS_TEAMS_TEAMS__REQUIRE_ENDORSEMENTS", "false"),
            ("CHRONUS_TEAMS_DELIVERY__UNKNOWN_DELAYS_SECONDS", "1,2,3"),
            ("UNRELATED", "x"),
        ],
    )
    .unwrap();
    let webhook = config.organizations[0].webhook.as_ref().unwrap();
    assert_eq!(webhook.secret.as_ref().unwrap().expose_secret(), "whsec_c2VjcmV0");
    assert_eq!(config.organizations[1].id.as_str(), "bolt");
    assert_eq!(config.teams.allowed_hosts, ["one.example", "*.two.example"]);
    assert!(!config.teams.require_endorsements);
    assert_eq!(config.delivery.unknown_delays_seconds, [1, 2, 3]);
    assert_eq!(
        problems("", &[("CHRONUS_TEAMS_ORGANIZATIONS__3__ID", "x")]),
        [
            "organizations[3].id (variable CHRONUS_TEAMS_ORGANIZATIONS__3__ID): the list has 0 entries so far; number \
          them from 0 without gaps"
        ]
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_told_what_to_write() {
    assert_eq!(
        problem("[http]\nmax_batch = \"3\""),
        "http.max_batch (chronus-teams.toml): this is text; write a whole number, 1 to 10000"
    );
    assert_eq!(
        problem("[http]\nmax_batch = 0"),
        "http.max_batch (chronus-teams.toml): 0 is out of range; write 1 to 10000"
    );
    assert_eq!(
        problem("[log]\nformat = \"xml\""),
        "log.format (chronus-teams.toml): this is not known; write text or json"
    );
    assert_eq!(
        problem("http = 3"),
        "http (chronus-teams.toml): this is a section; write [http]"
    );
    assert_eq!(
        problem("[organizations]\nid = \"acme\""),
        "organizations (chronus-teams.toml): this is a list of sections; write [[organizations]]"
    );
    assert_eq!(
        problem("[delivery.unknown_policy]\n\"com.chronus.message.\" = \"never\""),
        "delivery.unknown_policy.\"com.chronus.message.\" (chronus-teams.toml): this is not known; write retry \
         or hold"
    );
    assert_eq!(
        problem("[log]\nlevel = \"loud\""),
        "log.level (chronus-teams.toml): \"loud\" is not a level; write error, warn, info, debug or trace, or such \
         as info,actors=debug"
    );
}

#[test]
fn what_a_section_needs_is_demanded() {
    assert_eq!(
        problem("[[organizations]]\nid = \"acme\""),
        "organizations[0].tenant_id (chronus-teams.toml): this is missing, and its section needs it"
    );
}

#[test]
fn all_problems_are_told_at_once_under_one_heading() {
    let error = read(
        "[http]\nmax_batch = 0\nworkers = true\n[log]\nlevle = \"info\"",
        &[],
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the configuration cannot be used\n  \
         http.max_batch (chronus-teams.toml): 0 is out of range; write 1 to 10000\n  \
         http.workers (chronus-teams.toml): this is true or false; write a whole number, 1 to 256\n  \
         log.levle (chronus-teams.toml): nothing is called so; did you mean `log.level`?"
    );
}

#[test]
fn a_syntax_error_names_the_line_and_never_shows_it() {
    let text = "[teams]\nclient_secret = \"hunter2\" oops\n";
    let error = read(text, &[]).unwrap_err().to_string();
    assert!(
        error.contains("chronus-teams.toml, line 2: this is not TOML"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn organizations_tenants_and_keys_do_not_repeat() {
    let text = format!("{}{}", organization("acme", "T-1"), organization("acme", "t-1"));
    assert_eq!(
        problems(&text, &[]),
        [
            "organizations[1].id (chronus-teams.toml): acme stands in the list twice; each organization has one \
             section",
            "organizations[1].tenant_id (chronus-teams.toml): tenant t-1 belongs to an organization above; one \
             tenant serves one organization",
        ]
    );
    let key = format!("{{ name = \"n\", sha256 = \"{HASH}\", roles = [] }}");
    let text = format!("{}api_keys = [{key}, {key}]", organization("acme", "t-1"));
    let found = problems(&text, &[]).join("\n");
    for part in [
        "names two keys of acme",
        "stands in the configuration twice",
        "without a role",
    ] {
        assert!(found.contains(part), "{found}");
    }
}

#[test]
fn urls_are_encrypted_unless_they_stay_on_this_machine() {
    for (url, accepted) in [
        ("https://chronus.example/hook", true),
        ("http://127.0.0.1:9/hook", true),
        ("http://localhost:9", true),
        ("http://[::1]:9", true),
        ("http://chronus.example/hook", false),
        ("ftp://127.0.0.1/", false),
        ("https://me:pass@chronus.example", false),
    ] {
        let text = format!("{}webhook.url = \"{url}\"", organization("acme", "t-1"));
        assert_eq!(read(&text, &[]).is_ok(), accepted, "{url}");
    }
    let text = format!("{}webhook.url = \"chronus\"", organization("acme", "t-1"));
    assert_eq!(
        problem(&text),
        "organizations[0].webhook.url (chronus-teams.toml): \"chronus\" is not a URL (relative URL without a base); \
         write it with its scheme, such as https://chronus.example/hook"
    );
}

#[test]
fn hosts_are_exact_names_domains_or_origins() {
    for (host, accepted) in [
        ("smba.trafficmanager.net", true),
        ("*.botframework.com", true),
        ("http://127.0.0.1:4000", true),
        ("*", false),
        ("*.net", false),
        ("http://127.0.0.1:4000/path", false),
        ("http://sandbox:4000", false),
        ("*.github.io", false),
        ("*.blob.core.windows.net", false),
        ("a b", false),
        ("", false),
    ] {
        let text = format!("[teams]\nallowed_hosts = [\"{host}\"]");
        assert_eq!(read(&text, &[]).is_ok(), accepted, "{host}");
    }
}

#[test]
fn a_single_tenant_app_names_its_home() {
    assert_eq!(
        problem("[teams]\napp_type = \"single_tenant\""),
        "teams.home_tenant (chronus-teams.toml): a single_tenant app gets its tokens from its own tenant; write that \
         tenant's id"
    );
}

#[test]
fn own_unknown_policies_come_on_top_of_the_defaults() {
    let text = "[delivery.unknown_policy]\n\"com.chronus.announcement.\" = \"retry\"\n\"com.chronus.task.\" = \"hold\"";
    let rules = read(text, &[]).unwrap().delivery.rules();
    let policy = |event_type| rules.unknown_policy(event_type);
    assert_eq!(
        policy("com.chronus.announcement.published"),
        events::user::UnknownPolicy::Retry
    );
    assert_eq!(policy("com.chronus.task.due"), events::user::UnknownPolicy::Hold);
    assert_eq!(
        policy("com.chronus.survey.requested"),
        events::user::UnknownPolicy::Hold
    );
}

#[test]
fn operators_have_keys_of_their_own_and_an_organization_never_has_their_name() {
    let hash = KeyHash::of("one");
    let operators = format!("[[operators]]\nname = \"support\"\nsha256 = \"{hash}\"\n");
    let config = read(&operators, &[]).unwrap();
    let key = config.api_keys().authenticate("one").unwrap();
    assert_eq!(key.organization.as_str(), "operators");
    assert!(key.may(Role::Operator) && !key.may(Role::Admin) && !key.may(Role::Read));
    let other = operators.replace("support", "other");
    assert!(problem(&format!("{operators}{other}")).contains("stands in the configuration twice"));
    let named = organization("operators", "t-1");
    assert!(problem(&named).contains("what operators do stands under this name"));
}
