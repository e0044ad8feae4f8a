//! What a caller began is finished when the caller hangs up: a change is made or refused as a whole, and the audit says which.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;

use super::problem::Problem;

/// Middleware for [`actix_web::middleware::from_fn`], around everything that counts and bounds, so that what goes on alone is bounded as
/// before. Questions end with their callers.
pub async fn finished<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_question = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let answering = next.call(request);
    if is_question {
        return answering.await;
    }
    let answered = actix_web::rt::spawn(answering).await;
    answered.unwrap_or_else(|_| Err(Problem::storage().into()))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::poll_fn;
    use std::task::Poll;

    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, dev::Service as _, web};
    use tokio::sync::oneshot;

    use super::*;

    type Once<T> = web::Data<RefCell<Option<T>>>;

    async fn act(until: Once<oneshot::Receiver<()>>, done: Once<oneshot::Sender<()>>) -> HttpResponse {
        let until = until.borrow_mut().take().unwrap();
        until.await.unwrap();
        done.borrow_mut().take().unwrap().send(()).unwrap();
        HttpResponse::Ok().finish()
    }

    fn once<T>(value: T) -> Once<T> {
        web::Data::new(RefCell::new(Some(value)))
    }

    /// What becomes of a request whose caller hangs up before it is answered.
    async fn hung_up(method: TestRequest) -> bool {
        let ((go, until), (done, is_done)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
        let app = App::new()
            .app_data(once(until))
            .app_data(once(done))
            .wrap(from_fn(finished))
            .route("/", web::to(act));
        let app = init_service(app).await;
        let mut answering = Box::pin(app.call(method.uri("/").to_request()));
        // Begun, and waited for by nobody any more.
        poll_fn(|context| {
            assert!(answering.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
        drop(answering);
        go.send(()).is_ok() && is_done.await.is_ok()
    }

    #[actix_web::test]
    async fn a_change_is_finished_and_a_question_is_not() {
        assert!(hung_up(TestRequest::post()).await);
        assert!(!hung_up(TestRequest::get()).await);
    }

    #[actix_web::test]
    async fn whoever_waits_is_answered() {
        let app = App::new()
            .wrap(from_fn(finished))
            .route("/", web::to(|| async { HttpResponse::Created().finish() }));
        let app = init_service(app).await;
        let answer = call_service(&app, TestRequest::post().uri("/").to_request()).await;
        assert_eq!(answer.status(), 201);
    }
}
