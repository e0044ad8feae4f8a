//! What a wrong configuration is told, word for word where the words are the point.

use secrecy::ExposeSecret as _;

use super::*;

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
    assert_eq!(config.delivery.rules(), actors::settings::Rules::default());
    assert_eq!(
        config.actors.settings(),
        actors::settings::ActorSettings::default()
    );
    assert_eq!(config.responses.delays(), actors::Responder::standard_delays());
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
        ["http.max_batch (variable CHRONUS_TEAMS_HTTP__MAX_BATCH): \"many\" is not a whole number"]
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
        "log.format (chronus-teams.toml): \"xml\" is not known; write text or json"
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
        "delivery.unknown_policy.\"com.chronus.message.\" (chronus-teams.toml): \"never\" is not known; write retry \
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
fn secrets_never_show() {
    let text = format!(
        "[teams]\nclient_secret = \"hunter2\"\n{}webhook = {{ url = \"https://a.example\", secret = \"hunter3\" }}\n\
         api_keys = [{{ name = \"n\", sha256 = \"{HASH}\", roles = [\"read\"] }}]\n",
        organization("acme", "t-1")
    );
    let config = read(&text, &[]).unwrap();
    let shown = format!("{config:?}{:?}", config.api_keys());
    assert!(!shown.contains("hunter") && !shown.contains(HASH), "{shown}");
    let wrong = problems("[teams]\nclient_secret = 271828", &[]);
    assert!(!wrong[0].contains("271828"), "{wrong:?}");
}

#[test]
fn a_secret_comes_from_one_place() {
    assert_eq!(
        problem("[teams]\nclient_secret = \"a\"\nclient_secret_file = \"b\""),
        "teams.client_secret (chronus-teams.toml): both teams.client_secret and teams.client_secret_file are given; \
         keep one of them"
    );
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
fn a_key_in_place_of_its_hash_is_refused_without_showing_it() {
    let text = format!(
        "{}api_keys = [{{ name = \"n\", sha256 = \"ctk_acme_x\", roles = [\"read\"] }}]",
        organization("acme", "t-1")
    );
    assert_eq!(
        problem(&text),
        "organizations[0].api_keys[0].sha256 (chronus-teams.toml): this is not the SHA-256 of a key in 64 \
         hexadecimal digits; `chronus-teams keys new` prints one"
    );
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
fn serving_demands_identity_secret_and_an_organization() {
    let error = read("", &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the configuration cannot be used\n  \
         teams.app_id: this is missing; write the bot's application (client) id\n  \
         teams.client_secret: this is missing; set CHRONUS_TEAMS_TEAMS__CLIENT_SECRET or teams.client_secret_file\n  \
         organizations: no organization is configured; add an [[organizations]] section with id and tenant_id"
    );
}

#[test]
fn serving_without_tokens_is_for_loopback_only() {
    let text = format!(
        "[http]\nlisten = \"0.0.0.0:3978\"\n{}",
        organization("acme", "t-1")
    );
    let config = read(&text, &[]).unwrap();
    let error = config
        .ready_to_serve(Authentication::InsecureLoopback)
        .unwrap_err();
    assert_eq!(
        error.problems[0].to_string(),
        "http.listen: 0.0.0.0:3978 is reachable from other machines, and without tokens only a loopback address is \
         served; write 127.0.0.1:3978"
    );
    let text = organization("acme", "t-1");
    assert!(
        read(&text, &[])
            .unwrap()
            .ready_to_serve(Authentication::InsecureLoopback)
            .is_ok()
    );
}

#[test]
fn secrets_are_read_from_files_and_must_be_usable() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let text = |client: &str, webhook: &str| {
        format!(
            "[teams]\napp_id = \"app\"\nclient_secret_file = \"{client}\"\n{}\
             webhook = {{ url = \"https://a.example\", secret_file = \"{webhook}\" }}\n",
            organization("acme", "t-1")
        )
    };
    let good = text(
        &file("client", "s3cret\n"),
        &file("hook", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n"),
    );
    let config = read(&good, &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap();
    assert_eq!(config.teams.client_secret.unwrap().expose_secret(), "s3cret");

    let bad = text(&file("empty", "\n"), &file("nosecret", "not base64 at all"));
    let error = read(&bad, &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap_err();
    let found = error.to_string();
    assert!(
        found.contains("empty is empty; write the secret into it"),
        "{found}"
    );
    assert!(found.contains("this cannot sign; write whsec_"), "{found}");
    assert!(!found.contains("not base64 at all"), "{found}");

    let missing = text(
        "/nowhere/secret",
        &file("hook", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"),
    );
    let error = read(&missing, &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap_err();
    assert!(
        error.to_string().contains("/nowhere/secret cannot be read"),
        "{error}"
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
fn what_the_trial_cluster_sets_is_accepted() {
    let compose = include_str!("../../deploy/compose.yaml");
    let dockerfile = include_str!("../../deploy/Dockerfile");
    let set = |line: &str| {
        let line = line
            .trim()
            .trim_start_matches("ENV ")
            .trim_end_matches('\\')
            .trim();
        let (name, value) = line.split_once(": ").or_else(|| line.split_once('='))?;
        let ours = name.starts_with("CHRONUS_TEAMS_") && name != "CHRONUS_TEAMS_CONFIG";
        // A secret's file comes from the configuration file, or stands in for it where there is none.
        (ours && !name.ends_with("_FILE")).then(|| (name.to_owned(), value.to_owned()))
    };
    let variables: Vec<(String, String)> = compose
        .lines()
        .chain(dockerfile.lines())
        .filter_map(set)
        .collect();
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    for needed in [
        "CHRONUS_TEAMS_DATA__STORE",
        "CHRONUS_TEAMS_CLUSTER__NODE",
        "CHRONUS_TEAMS_DATA__FOLDER",
        "CHRONUS_TEAMS_HTTP__LISTEN",
    ] {
        assert!(names.contains(&needed), "{needed} is not set: {names:?}");
    }
    // Two nodes have two names; one is read here.
    let mut seen = std::collections::HashSet::new();
    let once = variables
        .into_iter()
        .filter(|(name, _)| seen.insert(name.clone()));
    // A build without KurrentDB says so about the store, and about nothing else.
    let once: Vec<_> = once
        .filter(|(name, _)| cfg!(feature = "kurrentdb") || name != "CHRONUS_TEAMS_DATA__STORE")
        .collect();
    let text = include_str!("../../deploy/chronus-teams.toml");
    let config = Config::from_text(text, "deploy/chronus-teams.toml", once).unwrap();
    assert_eq!(config.keys.url.unwrap().as_str(), "http://keys:3979/");
}
