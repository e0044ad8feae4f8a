//! A query parameter that a route does not know is an error: `?afetr=5` would otherwise be answered as if nothing had
//! been asked for.

use actix_web::ResponseError as _;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::openapi;
use super::problem::Problem;

/// How like a known name an unknown one must be to be taken for a slip of it.
const LIKE: f64 = 0.7;

/// Middleware for [`actix_web::middleware::from_fn`]. Only the API is looked at: what Teams or a monitor adds to an
/// address is theirs.
pub async fn known_parameters(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // What is not there takes no parameters either, and is told so as such.
    if request.path().starts_with("/v1/")
        && let Some(pattern) = request.match_pattern()
        && let Some(fault) = fault_of(&pattern, request.query_string())
    {
        return Ok(request.into_response(Problem::malformed(fault).error_response()));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// What is wrong with the names of a query to a route, in words.
fn fault_of(pattern: &str, query: &str) -> Option<String> {
    let known = openapi::parameters_of(pattern);
    let mut seen: Vec<String> = Vec::new();
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        if !known.contains(&&*name) {
            return Some(unknown(&name, &known));
        }
        if seen.iter().any(|seen| *seen == name) {
            return Some(format!("the parameter {name:?} is given twice"));
        }
        seen.push(name.into_owned());
    }
    None
}

fn unknown(name: &str, known: &[&str]) -> String {
    // Whatever was sent comes back cut.
    let shown: String = name.chars().take(40).collect();
    if known.is_empty() {
        return format!("there is no parameter {shown:?} here; this route takes none");
    }
    let nearest = known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(like, _)| *like >= LIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let advice = nearest.map_or_else(|| ".".to_owned(), |(_, known)| format!("; did you mean {known}?"));
    format!(
        "there is no parameter {shown:?} here{advice} Known are {}",
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_parameter_is_told_with_the_nearest_one() {
        let fault = fault_of("/v1/responses", "limit=1&afetr=5").unwrap();
        assert!(
            fault.contains("\"afetr\"") && fault.contains("did you mean after?"),
            "{fault}"
        );
        assert_eq!(fault_of("/v1/responses", "after=5&limit=1"), None);
        assert_eq!(fault_of("/v1/responses", ""), None);
    }

    #[test]
    fn a_parameter_that_is_given_twice_or_in_another_case_is_an_error() {
        assert!(
            fault_of("/v1/responses", "after=5&after=6")
                .unwrap()
                .contains("twice")
        );
        assert!(fault_of("/v1/responses", "After=5").is_some());
    }

    #[test]
    fn a_route_without_parameters_takes_none() {
        assert!(fault_of("/v1/tenant", "x=1").unwrap().contains("takes none"));
        assert!(fault_of("/v1/notifications/{id}", "state=sent").is_some());
    }
}
