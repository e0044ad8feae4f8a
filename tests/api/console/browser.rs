//! A browser: keeps cookies by their paths, sends forms, follows no redirect by itself.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;

use crate::support::{PATIENCE, World};

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&begin);
        let at = at.unwrap_or_else(|| panic!("no field {name} in {}", self.text)) + begin.len();
        self.text[at..]
            .split('"')
            .next()
            .unwrap()
            .replace("&#38;", "&")
            .replace("&amp;", "&")
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A browser with its cookies.
pub(crate) struct Browser {
    http: reqwest::Client,
    origin: String,
    /// By path and name.
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
        Self {
            http: client
                .pool_max_idle_per_host(0)
                .timeout(PATIENCE)
                .build()
                .unwrap(),
            origin: world.url(""),
            cookies: BTreeMap::new(),
        }
    }

    /// Signed in with a key.
    pub(crate) async fn signed_in(world: &World, key: &str) -> Self {
        let mut browser = Self::new(world);
        let page = browser.sign_in(key).await;
        assert_eq!(page.status, 303, "{page:?}");
        browser
    }

    pub(crate) async fn sign_in(&mut self, key: &str) -> Page {
        let door = self.get("/console/sign-in").await;
        let fields = [
            ("door", door.hidden("door")),
            ("key", key.to_owned()),
            ("to", String::new()),
        ];
        self.send("/console/sign-in", &fields).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.get_as(path, &[]).await
    }

    pub(crate) async fn get_as(&mut self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = self.http.get(format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.take(path, request).await
    }

    /// Opens a stream that goes on, as a page that stays open does.
    pub(crate) async fn follow(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.http.get(format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.with_cookies(path, request).send().await.unwrap()
    }

    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, String)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = self.http.post(format!("{}{path}", self.origin));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish());
        self.take(path, request).await
    }

    fn with_cookies(&self, path: &str, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let path = path.split('?').next().unwrap();
        let fits = |of: &str| path == of || path.starts_with(&format!("{}/", of.trim_end_matches('/')));
        let cookies = self.cookies.iter().filter(|((of, _), _)| fits(of));
        let cookies: Vec<String> = cookies
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if cookies.is_empty() {
            request
        } else {
            request.header("cookie", cookies.join("; "))
        }
    }

    async fn take(&mut self, path: &str, request: reqwest::RequestBuilder) -> Page {
        let response = self.with_cookies(path, request).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            self.keep(cookie.to_str().unwrap());
        }
        let location = response
            .headers()
            .get("location")
            .map(|to| to.to_str().unwrap().to_owned());
        Page {
            status: response.status().as_u16(),
            location: location.unwrap_or_default(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    fn keep(&mut self, cookie: &str) {
        assert!(
            cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict"),
            "{cookie}"
        );
        let (pair, rest) = cookie.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let path = rest
            .split(';')
            .find_map(|part| part.trim().strip_prefix("Path="))
            .unwrap();
        let of = (path.to_owned(), name.to_owned());
        if rest.contains("Max-Age=0") {
            self.cookies.remove(&of);
        } else {
            self.cookies.insert(of, value.to_owned());
        }
    }

    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }
}
