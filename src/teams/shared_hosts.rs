//! Domains below which, or hosts at which, anybody can get a place of their own. An entry of a list of trusted hosts that
//! covers one of these would trust strangers.
//!
//! The public suffix list (`psl`, compiled in) knows most: `*.com`, `*.github.io`, `*.blob.core.windows.net`. It does not name
//! what lies above such suffixes (`core.windows.net`), nor hosts that are shared by path (`script.google.com`); those are
//! listed here.

/// Domains below which others register names, although they are no public suffix themselves.
const SHARED_DOMAINS: [&str; 34] = [
    "amazonaws.com",
    "azure.com",
    "azure.net",
    "azure-api.net",
    "azureedge.net",
    "azurefd.net",
    "beeceptor.com",
    "cloudapp.net",
    "cloudflare.com",
    "cloudfunctions.net",
    "core.windows.net",
    "devtunnels.ms",
    "digitaloceanspaces.com",
    "google.com",
    "googleapis.com",
    "googleusercontent.com",
    "loca.lt",
    "microsoft.com",
    "microsoftonline.com",
    "microsoftonline.us",
    "ngrok.app",
    "ngrok.io",
    "ngrok-free.app",
    "ngrok-free.dev",
    "office.com",
    "onmicrosoft.com",
    "oraclecloud.com",
    "pipedream.net",
    "powerapps.com",
    "salesforce.com",
    "sharepoint.com",
    "trycloudflare.com",
    "webhook.site",
    "windows.net",
];

/// Hosts at which strangers share one name and differ by path.
const SHARED_HOSTS: [&str; 10] = [
    "docs.google.com",
    "dl.dropboxusercontent.com",
    "gist.githubusercontent.com",
    "hooks.slack.com",
    "hooks.zapier.com",
    "raw.githubusercontent.com",
    "script.google.com",
    "sites.google.com",
    "storage.googleapis.com",
    "webhook.site",
];

/// Whether every name below `domain` may belong to somebody else.
pub fn is_shared_domain(domain: &str) -> bool {
    is_public_suffix(domain) || SHARED_DOMAINS.contains(&domain)
}

/// Whether `host` is one of many strangers'.
pub fn is_shared_host(host: &str) -> bool {
    is_public_suffix(host) || SHARED_HOSTS.contains(&host)
}

fn is_public_suffix(name: &str) -> bool {
    // A name under no known suffix counts as one if it is a single label, as the list says.
    psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.as_bytes() == name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_and_what_lies_above_them_are_shared_and_one_owners_domain_is_not() {
        for shared in [
            "com",
            "co.uk",
            "github.io",
            "blob.core.windows.net",
            "core.windows.net",
            "windows.net",
            "azurewebsites.net",
            "trafficmanager.net",
            "s3.amazonaws.com",
            "amazonaws.com",
            "herokuapp.com",
            "cloudfront.net",
            "web.app",
            "workers.dev",
            "xn--p1ai",
        ] {
            assert!(is_shared_domain(shared), "{shared}");
        }
        for own in [
            "botframework.com",
            "teams.microsoft.com",
            "teams.microsoft.us",
            "acme.co.uk",
            "acme.github.io",
            "acme.example",
        ] {
            assert!(!is_shared_domain(own), "{own}");
        }
        assert!(is_shared_host("script.google.com") && is_shared_host("github.io"));
        assert!(!is_shared_host("smba.trafficmanager.net") && !is_shared_host("acme.github.io"));
    }
}
