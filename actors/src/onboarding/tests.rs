use events::OutboundEvent;

use super::*;

fn organization(id: &str) -> OrganizationId {
    OrganizationId::parse(id).unwrap()
}

fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).unwrap()
}

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// What the configuration names, and what was recorded.
#[derive(Default)]
struct World {
    state: OnboardingState,
    configured: Configured,
}

impl World {
    /// `acme` is registered; `bolt` and its tenant `t-bolt` are the configuration's.
    fn new() -> Self {
        let mut world = Self::default();
        world
            .configured
            .tenants
            .insert(organization("bolt"), tenant("t-bolt"));
        world.registers("acme", None).unwrap();
        world
    }

    fn says(&mut self, event: impl Into<OutboundEvent>, now: DateTime<Utc>) {
        self.state.apply(&event.into(), now);
    }

    fn registers(&mut self, id: &str, name: Option<&str>) -> Result<bool, OnboardingRefusal> {
        let ask = OrganizationRegistered {
            organization_id: organization(id),
            name: name.map(str::to_owned),
            by: "api:support".into(),
        };
        let registered = decide_register(&self.state, &self.configured, &ask)?;
        let is_new = registered.is_some();
        if let Some(event) = registered {
            self.says(event, at(0));
        }
        Ok(is_new)
    }

    fn asks(&mut self, of: &str, code: u128, minutes: u32) -> Result<(), OnboardingRefusal> {
        let ask = CodeAsk {
            code_id: id(code),
            organization_id: organization(of),
            valid_minutes: minutes,
            by: "api:support".into(),
        };
        let made = decide_code(&self.state, &self.configured, &ask, ("K7QM", "proof"), at(0))?;
        self.says(made, at(0));
        Ok(())
    }

    fn types(
        &mut self,
        code: u128,
        is_right: bool,
        whose: &str,
        try_id: u128,
        now: DateTime<Utc>,
    ) -> Redeemed {
        let typed = Typed {
            tenant_id: tenant(whose),
            owner: None,
            code_id: Some(id(code)),
            is_right,
            try_id: id(try_id),
            by: "teams:a-1".into(),
        };
        let redeemed = decide_redeem(&self.state, &self.configured, &typed, now);
        match redeemed.clone() {
            Redeemed::Linked(event) => self.says(event, now),
            Redeemed::Wrong(Some(event)) => self.says(event, now),
            Redeemed::Wrong(None) | Redeemed::Before(_) | Redeemed::OthersTenant => {}
        }
        redeemed
    }

    fn links(&self) -> Vec<(String, String)> {
        let links = self.state.links(&self.configured);
        links
            .map(|(tenant, of)| (tenant.to_string(), of.to_string()))
            .collect()
    }
}

#[test]
fn an_organization_is_registered_once_and_never_one_of_the_configuration() {
    let mut world = World::new();
    assert_eq!(world.registers("core", Some("Core")), Ok(true));
    assert_eq!(world.registers("core", Some("Core")), Ok(false));
    for (given, name, refusal) in [
        ("core", Some("Other"), OnboardingRefusal::Taken),
        ("bolt", None, OnboardingRefusal::Configured),
        ("Core", None, OnboardingRefusal::Id),
        ("core.x", None, OnboardingRefusal::Id),
        ("operators", None, OnboardingRefusal::Id),
        ("edge", Some(" "), OnboardingRefusal::Name),
    ] {
        assert_eq!(world.registers(given, name), Err(refusal), "{given}");
    }
}

#[test]
fn a_code_links_one_tenant_once() {
    let mut world = World::new();
    world.asks("acme", 1, 60).unwrap();
    assert!(matches!(
        world.types(1, true, "t-1", 9, at(59)),
        Redeemed::Linked(_)
    ));
    assert_eq!(world.links(), [("t-1".to_owned(), "acme".to_owned())]);
    // Redelivered, or typed once more in the same tenant.
    assert_eq!(
        world.types(1, true, "t-1", 9, at(59)),
        Redeemed::Before(organization("acme"))
    );
    // Nobody else uses it, and no other code is made while the tenant is linked.
    assert_eq!(world.types(1, true, "t-2", 10, at(59)), Redeemed::Wrong(None));
    assert_eq!(world.asks("acme", 2, 60), Err(OnboardingRefusal::Linked));
}

#[test]
fn a_code_holds_for_its_time_and_for_five_wrong_tries() {
    let mut world = World::new();
    world.asks("acme", 1, 60).unwrap();
    assert_eq!(world.types(1, true, "t-1", 9, at(60)), Redeemed::Wrong(None));
    world.asks("acme", 2, 60).unwrap();
    // The same activity again is the same try.
    for _ in 0..10 {
        world.types(2, false, "t-1", 9, at(1));
    }
    assert_eq!(world.state.code_of(&organization("acme")).unwrap().tries.len(), 1);
    for try_id in 10..14 {
        assert!(matches!(
            world.types(2, false, "t-1", try_id, at(1)),
            Redeemed::Wrong(Some(_))
        ));
    }
    assert_eq!(world.types(2, false, "t-1", 15, at(1)), Redeemed::Wrong(None));
    assert_eq!(world.types(2, true, "t-1", 16, at(1)), Redeemed::Wrong(None));
    let code = world.state.code_of(&organization("acme")).unwrap();
    assert_eq!(code.state(at(1)), CodeState::Spent);
}

#[test]
fn a_newer_code_takes_the_place_of_the_one_before() {
    let mut world = World::new();
    world.asks("acme", 1, 60).unwrap();
    world.asks("acme", 2, 60).unwrap();
    assert_eq!(world.asks("acme", 1, 60), Err(OnboardingRefusal::Made));
    assert_eq!(world.types(1, true, "t-1", 9, at(1)), Redeemed::Wrong(None));
    assert!(matches!(
        world.types(2, true, "t-1", 9, at(1)),
        Redeemed::Linked(_)
    ));
}

#[test]
fn codes_are_for_organizations_that_were_registered_and_for_a_while() {
    let mut world = World::new();
    for (of, minutes, refusal) in [
        ("bolt", 60, OnboardingRefusal::Configured),
        ("nobody", 60, OnboardingRefusal::Unknown),
        ("acme", 4, OnboardingRefusal::Minutes),
        ("acme", 1_441, OnboardingRefusal::Minutes),
    ] {
        assert_eq!(world.asks(of, 1, minutes), Err(refusal), "{of} {minutes}");
    }
}

#[test]
fn a_tenant_of_another_organization_is_refused_and_the_code_holds() {
    let mut world = World::new();
    world.registers("core", None).unwrap();
    world.asks("core", 1, 60).unwrap();
    assert_eq!(world.types(1, true, "t-bolt", 9, at(1)), Redeemed::OthersTenant);
    world.types(1, true, "t-core", 9, at(1));
    world.asks("acme", 2, 60).unwrap();
    assert_eq!(world.types(2, true, "t-core", 9, at(1)), Redeemed::OthersTenant);
    let once = Typed {
        tenant_id: tenant("t-old"),
        owner: Some(organization("gone")),
        code_id: Some(id(2)),
        is_right: true,
        try_id: id(9),
        by: "teams:a-1".into(),
    };
    let redeemed = decide_redeem(&world.state, &world.configured, &once, at(1));
    assert_eq!(redeemed, Redeemed::OthersTenant);
    assert!(matches!(
        world.types(2, true, "t-1", 9, at(1)),
        Redeemed::Linked(_)
    ));
}

#[test]
fn a_link_that_ended_may_be_made_again_with_another_code() {
    let mut world = World::new();
    let unlink = |world: &World| {
        let acme = organization("acme");
        decide_unlink(&world.state, &world.configured, &acme, "api:support", "ticket 7")
    };
    assert_eq!(unlink(&world), Err(OnboardingRefusal::NotLinked));
    world.asks("acme", 1, 60).unwrap();
    world.types(1, true, "t-1", 9, at(1));
    let unlinked = unlink(&world).unwrap();
    world.says(unlinked, at(2));
    assert!(world.links().is_empty());
    assert_eq!(world.state.ended().count(), 1);
    // The code was used; whoever finds it in the chat links nothing by it.
    assert_eq!(world.types(1, true, "t-1", 10, at(3)), Redeemed::Wrong(None));
    world.asks("acme", 2, 60).unwrap();
    assert!(matches!(
        world.types(2, true, "t-2", 11, at(3)),
        Redeemed::Linked(_)
    ));
}

#[test]
fn the_configuration_wins_over_a_link_that_was_made_before_it_said_otherwise() {
    let mut world = World::new();
    world.asks("acme", 1, 60).unwrap();
    world.types(1, true, "t-1", 9, at(1));
    world
        .configured
        .tenants
        .insert(organization("core"), tenant("t-1"));
    assert!(world.links().is_empty());
    assert_eq!(world.state.overruled(&world.configured).count(), 0);
    // Where it names another tenant for the organization, the one that was linked is nobody's.
    let acme = (organization("acme"), tenant("t-9"));
    let named = Configured {
        tenants: [acme].into(),
    };
    assert_eq!(world.state.overruled(&named).count(), 1);
    assert_eq!(world.state.links(&named).count(), 0);
    let link = TenantLinked {
        organization_id: organization("acme"),
        tenant_id: tenant("t-1"),
        code_id: None,
        by: "cli".into(),
    };
    let refused = decide_link(&world.state, &world.configured, &link);
    assert_eq!(refused, Err(OnboardingRefusal::OthersTenant));
}
