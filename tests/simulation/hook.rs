//! Chronus' receiver of answers.

use std::sync::Arc;
use std::time::Duration;

use actors::ports::{ChronusWebhook, PortError, WebhookResult};
use chronus_teams::chronus::answer::Answers;
use events::{OrganizationId, Position};
use futures_util::future::{BoxFuture, FutureExt as _};

use crate::faults::HookFault;
use crate::plants::Plant;
use crate::teams::World;

/// See the module.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) world: World,
    pub(crate) answers: Answers,
}

impl Hook {
    pub(crate) fn shared(world: World, answers: Answers) -> Arc<dyn ChronusWebhook> {
        Arc::new(Self { world, answers })
    }

    async fn takes(&self, position: Position) -> Result<WebhookResult, PortError> {
        let not_taken = |status: Option<u16>, reason: &str| WebhookResult::NotTaken {
            status,
            reason: reason.to_owned(),
            retry_after: None,
        };
        let Some(answer) = self.answers.at(position).await? else {
            return Ok(not_taken(None, "not_readable"));
        };
        let id = answer["id"].as_str().unwrap_or_default().to_owned();
        self.world.points.pass(format!("answer {id}")).await;
        let fault = self.world.faults.hook();
        tokio::time::sleep(Duration::from_millis(30)).await;
        if let Some(HookFault::Status(status)) = fault {
            if self.world.has(Plant::RefusedCountsAsTaken) {
                return Ok(WebhookResult::Taken(200));
            }
            return Ok(not_taken(Some(status), &format!("status_{status}")));
        }
        self.world.points.alive().await;
        self.world.with(|truth| {
            let known = truth.heard.entry(id.clone()).or_insert((answer, 0));
            known.1 += 1 + u32::from(self.world.has(Plant::AnsweredTwice));
            truth.unsaid += u32::from(fault.is_some());
        });
        self.world.points.pass(format!("answer {id} taken")).await;
        if fault.is_some() {
            return Ok(not_taken(None, "timeout"));
        }
        Ok(WebhookResult::Taken(200))
    }
}

impl ChronusWebhook for Hook {
    fn deliver(
        &self,
        _organization: OrganizationId,
        position: Position,
    ) -> BoxFuture<'_, Result<WebhookResult, PortError>> {
        self.takes(position).boxed()
    }
}
