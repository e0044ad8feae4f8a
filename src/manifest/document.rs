//! The manifest and the files of its languages, as the schema of version 1.25 wants them: the first that takes twelve
//! commands.

use events::shown::is_invisible;
use serde_json::{Map, Value, json};
use url::{Host, Url};
use uuid::Uuid;

use super::texts;

/// The manifest's schema version.
const VERSION: &str = "1.25";
/// The icons' names in the package.
pub(super) const COLOR_ICON: &str = "color.png";
/// The icons' names in the package.
pub(super) const OUTLINE_ICON: &str = "outline.png";
/// The background of the colour icon.
pub(super) const ACCENT: [u8; 3] = [0x0F, 0x5C, 0x66];
/// The commands that the chat's menu offers, of those that `help` lists. The schema takes twelve; `resume` is not among
/// them, since the card that says "paused" has a button for it.
pub(super) const COMMANDS: [&str; 12] = [
    "help",
    "pending",
    "meetings",
    "events",
    "connections",
    "message",
    "status",
    "notifications",
    "pause",
    "privacy",
    "connect",
    "disconnect",
];
/// Longest name that Teams shows, in UTF-16 units, as its schema counts.
const MAX_NAME: usize = 30;
/// Longest developer's name, counted in the same way.
const MAX_DEVELOPER: usize = 32;

/// The app as an organization publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The bot's application id at Microsoft Entra.
    pub bot_id: Uuid,
    /// The app's id in the catalogue; it stays the same for ever.
    pub id: Uuid,
    /// Grows with every change of the package: `1.2.3`.
    pub version: String,
    /// What the app is called, at most 30 characters.
    pub name: String,
    /// Who publishes it, at most 32 characters.
    pub developer: String,
    /// The page with support.
    pub website: Url,
    /// The page on privacy.
    pub privacy: Url,
    /// The terms of use.
    pub terms: Url,
    /// Whether it asks for the permission to be told that its messages were read; without it no read receipt comes.
    pub read_receipts: bool,
}

/// What does not fit a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidApp {
    /// The name.
    #[error("the name must have 1 to {MAX_NAME} characters that can be seen; give a shorter one with --name")]
    Name,
    /// The developer's name.
    #[error(
        "the developer's name must have 1 to {MAX_DEVELOPER} characters that can be seen; give a shorter one with --developer"
    )]
    Developer,
    /// The version.
    #[error(
        "the version must be three numbers without leading zeros, such as 1.0.0; give it with --package-version"
    )]
    Version,
    /// The host.
    #[error(
        "{0:?} is no host; write its name alone, without https://, port and path, such as chronus.example.com"
    )]
    Host(String),
    /// A page.
    #[error("{0} must be an https address")]
    NotHttps(&'static str),
}

impl App {
    /// The app of a bot whose pages are on one host: `https://<host>`, `/privacy` and `/terms`.
    pub fn on_host(bot_id: Uuid, host: &str) -> Result<Self, InvalidApp> {
        let no_host = || InvalidApp::Host(host.to_owned());
        let Ok(Host::Domain(name)) = Host::parse(host) else {
            return Err(no_host());
        };
        if !name.contains('.') || name.starts_with('.') || name.ends_with('.') {
            return Err(no_host());
        }
        let page = |path: &str| Url::parse(&format!("https://{name}{path}")).map_err(|_| no_host());
        Ok(Self {
            bot_id,
            id: bot_id,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: "Chronus".to_owned(),
            developer: "Chronus".to_owned(),
            website: page("/")?,
            privacy: page("/privacy")?,
            terms: page("/terms")?,
            read_receipts: false,
        })
    }

    /// Whether it fits the manifest.
    pub fn check(&self) -> Result<(), InvalidApp> {
        let length = |text: &str, most: usize| {
            let text = text.trim();
            let hidden = text.chars().any(|c| c.is_control() || is_invisible(c));
            !hidden && (1..=most).contains(&text.encode_utf16().count())
        };
        let numbers: Vec<&str> = self.version.split('.').collect();
        let is_number = |part: &&str| {
            let digits = (1..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            digits && (*part == "0" || !part.starts_with('0'))
        };
        if !length(&self.name, MAX_NAME) {
            return Err(InvalidApp::Name);
        }
        if !length(&self.developer, MAX_DEVELOPER) {
            return Err(InvalidApp::Developer);
        }
        if numbers.len() != 3 || !numbers.iter().all(is_number) {
            return Err(InvalidApp::Version);
        }
        let pages = [
            ("the website", &self.website),
            ("the page on privacy", &self.privacy),
            ("the page with the terms", &self.terms),
        ];
        match pages.into_iter().find(|(_, page)| page.scheme() != "https") {
            Some((page, _)) => Err(InvalidApp::NotHttps(page)),
            None => Ok(()),
        }
    }
}

/// `manifest.json`.
pub(super) fn manifest(app: &App) -> Value {
    let commands =
        COMMANDS.map(|word| json!({ "title": word, "description": texts::command(texts::DEFAULT, word) }));
    let languages =
        texts::OTHERS.map(|language| json!({ "languageTag": language, "file": language_file(language) }));
    let [red, green, blue] = ACCENT;
    let mut manifest = json!({
        "$schema": format!("https://developer.microsoft.com/json-schemas/teams/v{VERSION}/MicrosoftTeams.schema.json"),
        "manifestVersion": VERSION,
        "version": app.version,
        "id": app.id,
        "developer": {
            "name": app.developer, "websiteUrl": app.website, "privacyUrl": app.privacy, "termsOfUseUrl": app.terms,
        },
        "name": { "short": app.name },
        "description": { "short": texts::short(texts::DEFAULT), "full": texts::full(texts::DEFAULT, app.read_receipts) },
        "icons": { "color": COLOR_ICON, "outline": OUTLINE_ICON },
        "accentColor": format!("#{red:02X}{green:02X}{blue:02X}"),
        "bots": [{
            "botId": app.bot_id,
            "scopes": ["personal"],
            "isNotificationOnly": false,
            "supportsFiles": false,
            "commandLists": [{ "scopes": ["personal"], "commands": commands }],
        }],
        "defaultInstallScope": "personal",
        "localizationInfo": { "defaultLanguageTag": texts::DEFAULT, "additionalLanguages": languages },
    });
    if app.read_receipts {
        // Of the app's own chats alone (resource-specific consent). The resource is not used, and must be there.
        manifest["webApplicationInfo"] = json!({ "id": app.bot_id, "resource": "https://RscBasedStoreApp" });
        let permission = json!({ "name": "ChatMessageReadReceipt.Read.Chat", "type": "Application" });
        manifest["authorization"] = json!({ "permissions": { "resourceSpecific": [permission] } });
    }
    manifest
}

/// The name of a language's file.
pub(super) fn language_file(language: &str) -> String {
    format!("{language}.json")
}

/// The file of a language. The app's name and the words that are typed are the same everywhere.
pub(super) fn localization(language: &str, app: &App) -> Value {
    let mut file = Map::new();
    let schema = "MicrosoftTeams.Localization.schema.json";
    file.insert(
        "$schema".to_owned(),
        format!("https://developer.microsoft.com/json-schemas/teams/v{VERSION}/{schema}").into(),
    );
    file.insert("name.short".to_owned(), app.name.as_str().into());
    file.insert("description.short".to_owned(), texts::short(language).into());
    file.insert(
        "description.full".to_owned(),
        texts::full(language, app.read_receipts).into(),
    );
    for (place, word) in COMMANDS.into_iter().enumerate() {
        let key = format!("bots[0].commandLists[0].commands[{place}].description");
        file.insert(key, texts::command(language, word).into());
    }
    Value::Object(file)
}
