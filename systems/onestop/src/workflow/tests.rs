use kernel_calendar::{Limit, Unit};

use super::*;

fn named(code: &str) -> Workflow {
    all().unwrap().into_iter().find(|graph| graph.code == code).unwrap()
}

fn edge(from: &str, to: &str, action: &str) -> Edge {
    Edge { from: from.into(), to: to.into(), action: action.into(), name: Words::new("a", "a"), condition: None }
}

#[test]
fn every_graph_of_the_product_may_be_published_and_stands_in_the_file_of_its_name() {
    for ((name, _), graph) in FILES.iter().zip(all().unwrap()) {
        assert_eq!(*name, graph.code);
        assert_eq!(check(&graph, None), [], "{name}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/workflows");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
}

#[test]
fn the_graphs_fit_into_the_limits_they_were_made_for() {
    let limits = [
        ("commune-same-day", Limit::working_days(0)),
        ("counter-certified-copy", Limit::working_days(0)),
        ("counter-two-hours", Limit::working_hours(2)),
        ("commune-three-days", Limit::calendar_days(3)),
        ("commune-five-days", Limit::calendar_days(5)),
        ("commune-ten-days", Limit::working_days(10)),
        ("commune-council", Limit::working_days(25)),
        ("commune-and-department", Limit::working_days(10)),
        ("department-three-days", Limit::working_days(3)),
        ("department-five-days", Limit::working_days(5)),
        ("department-ten-days", Limit::working_days(10)),
        ("land-consult", Limit::working_days(5)),
        ("construction-district", Limit::working_days(15)),
    ];
    for (code, limit) in limits {
        assert_eq!(check(&named(code), Some(limit)), [], "{code}");
    }
}

#[test]
fn the_same_day_graph_splits_eight_hours_into_two_three_two_and_one() {
    let graph = named("commune-same-day");
    let path = graph.main_path("tiep-nhan");
    let hours: Vec<Option<i64>> = path.iter().map(|step| step.limit_minutes().map(|minutes| minutes / 60)).collect();
    assert_eq!(hours, [Some(2), Some(3), Some(2), Some(1), None]);
}

#[test]
fn actions_lead_to_the_steps_they_name() {
    let graph = named("commune-three-days");
    assert_eq!(graph.start().unwrap().code, "tiep-nhan");
    assert_eq!(graph.next("tham-dinh", "verify").unwrap().code, "xac-minh");
    assert_eq!(graph.next("xac-minh", "answer").unwrap().code, "tham-dinh");
    assert_eq!(graph.next("tham-dinh", "approve"), None);
    assert_eq!(graph.edges_from("tham-dinh").next().unwrap().to, "du-thao", "the first way is the main one");
}

#[test]
fn a_draft_that_is_sent_back_goes_to_the_nearest_drafting_step() {
    assert_eq!(named("department-ten-days").drafting_step_before("ky-duyet").unwrap().code, "du-thao");
    assert_eq!(named("commune-and-department").drafting_step_before("ky-duyet").unwrap().code, "tham-dinh-so");
    assert!(named("department-ten-days").drafting_step_before("tiep-nhan").is_err());
}

#[test]
fn only_agencies_of_the_kind_fit_a_place() {
    assert!(Place::Commune.fits("commune") && !Place::Commune.fits("department") && Place::Other.fits("department"));
}

#[test]
fn the_time_of_a_step_set_apart_by_law_is_not_counted() {
    let mut graph = named("commune-same-day");
    graph.steps.iter_mut().find(|step| step.code == "xac-minh").unwrap().apart = false;
    let way = ["tiep-nhan", "xu-ly", "xac-minh"].map(str::to_owned).to_vec();
    let expected = Problem::TooLong { minutes: 120 + 180 + 1440, limit: 480, way };
    assert_eq!(check(&graph, Some(Limit::working_days(0))), [expected]);
}

#[test]
fn limits_are_counted_in_working_minutes() {
    let minutes = |amount, unit| working_minutes(Limit { amount, unit });
    assert_eq!(minutes(2, Unit::WorkingHour), 120);
    assert_eq!(minutes(0, Unit::WorkingDay), 480);
    assert_eq!(minutes(3, Unit::WorkingDay), 1440);
    assert_eq!(minutes(1, Unit::CalendarDay), 480);
    assert_eq!(minutes(15, Unit::CalendarDay), 10 * 480);
    assert_eq!(minutes(1, Unit::Month), 21 * 480);
}

/// Plants one fault and expects exactly this to be found.
#[track_caller]
fn planted(change: impl Fn(&mut Workflow), expected: &[Problem]) {
    let mut graph = named("commune-ten-days");
    change(&mut graph);
    assert_eq!(check(&graph, Some(Limit::working_days(10))), expected);
}

#[test]
fn each_planted_fault_is_named_and_nothing_else() {
    let code = str::to_owned;
    planted(|_| {}, &[]);
    planted(|g| g.steps[1].role = None, &[Problem::NoRole(code("tham-dinh"))]);
    planted(|g| g.steps[1].name.en.clear(), &[Problem::NoName(code("tham-dinh"))]);
    planted(|g| g.steps[1].minutes = Some(0), &[Problem::BadMinutes(code("tham-dinh"))]);
    planted(
        |g| g.edges.push(edge("tham-dinh", "bay", "fly")),
        &[Problem::UnknownStep { from: code("tham-dinh"), to: code("bay") }],
    );
    planted(
        |g| g.edges.push(edge("tham-dinh", "ky-duyet", "forward")),
        &[Problem::DuplicateWay { from: code("tham-dinh"), action: code("forward") }],
    );
    planted(|g| g.edges.push(edge("ket-thuc", "tham-dinh", "again")), &[Problem::EndGoesOn(code("ket-thuc"))]);
    planted(|g| g.edges.push(edge("tham-dinh", "tiep-nhan", "back")), &[Problem::BackToStart(code("tham-dinh"))]);
    planted(|g| g.edges.push(edge("tiep-nhan", "tra-ket-qua", "skip")), &[Problem::EndWithoutResult(code("ket-thuc"))]);
}

#[test]
fn starts_and_ends_are_counted() {
    planted(
        |g| g.steps[1].kind = StepKind::Start,
        &[
            Problem::SeveralStarts(vec!["tiep-nhan".into(), "tham-dinh".into()]),
            Problem::BackToStart("tiep-nhan".into()),
        ],
    );
    planted(|g| g.steps[0].kind = StepKind::Work, &[Problem::NoStart]);
    planted(|g| g.steps[5].kind = StepKind::Work, &[Problem::NoEnd, Problem::DeadEnd("ket-thuc".into())]);
}

#[test]
fn steps_that_lead_nowhere_or_that_nobody_reaches_are_named() {
    let extra = |graph: &mut Workflow, code: &str| {
        let mut step = graph.steps[1].clone();
        step.code = code.to_owned();
        step.minutes = None;
        graph.steps.push(step);
    };
    planted(|g| extra(g, "x"), &[Problem::Unreachable("x".into()), Problem::DeadEnd("x".into())]);
    planted(
        |g| {
            extra(g, "x");
            g.edges.push(edge("tham-dinh", "x", "aside"));
        },
        &[Problem::DeadEnd("x".into())],
    );
    planted(
        |g| {
            extra(g, "x");
            extra(g, "y");
            g.edges.extend([edge("tham-dinh", "x", "aside"), edge("x", "y", "on"), edge("y", "x", "on")]);
        },
        &[Problem::LoopWithoutExit(vec!["x".into(), "y".into()])],
    );
    planted(|g| extra(g, "tham-dinh"), &[Problem::DuplicateStep("tham-dinh".into())]);
}

#[test]
fn a_graph_nobody_can_read_is_refused_at_once() {
    let mut graph = named("commune-ten-days");
    graph.steps = (0..61).map(|n| Step { code: format!("b{n}"), ..graph.steps[1].clone() }).collect();
    assert_eq!(check(&graph, None), [Problem::TooComplex]);
    graph.steps.truncate(30);
    graph.steps[0].kind = StepKind::Start;
    let all: Vec<String> = graph.steps.iter().map(|step| step.code.clone()).collect();
    graph.edges = all.iter().flat_map(|a| all.iter().map(move |b| edge(a, b, b))).collect();
    assert!(check(&graph, Some(Limit::months(9))).contains(&Problem::TooComplex));
}

#[test]
fn every_problem_speaks_both_languages() {
    let problem = Problem::TooLong { minutes: 600, limit: 480, way: vec!["a".into(), "b".into()] };
    assert_eq!(problem.to_string(), "Tổng thời gian các bước là 10 giờ, vượt thời hạn 8 giờ làm việc: a → b.");
    assert!(problem.words().en.contains("10 hours"));
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Step 0 is the start, the one before the last approves, the last ends; ways and minutes are drawn.
fn drawn(numbers: &mut Numbers) -> Workflow {
    let size = 4 + numbers.below(4);
    let mut graph = named("commune-ten-days");
    let pattern = graph.steps[1].clone();
    let kind = |n| match n {
        0 => StepKind::Start,
        n if n + 2 == size => StepKind::Approve,
        n if n + 1 == size => StepKind::End,
        _ => StepKind::Work,
    };
    let mut minutes = || i64::try_from(1 + numbers.below(500)).unwrap();
    graph.steps = (0..size)
        .map(|n| Step { code: format!("b{n}"), kind: kind(n), minutes: Some(minutes()), ..pattern.clone() })
        .collect();
    let chain = if numbers.below(2) == 0 { 0 } else { size - 1 };
    graph.edges = (0..chain).map(|n| edge(&format!("b{n}"), &format!("b{}", n + 1), "on")).collect();
    for _ in 0..numbers.below(2 * size) {
        let (from, to) = (format!("b{}", numbers.below(size - 1)), format!("b{}", 1 + numbers.below(size - 1)));
        if graph.edges.iter().all(|edge| (&edge.from, &edge.to) != (&from, &to)) {
            graph.edges.push(edge(&from, &to, &to));
        }
    }
    graph
}

/// Slow and obvious: can one go from step to step, by trying every step between?
fn roads(graph: &Workflow) -> Vec<Vec<bool>> {
    let all = graph.steps.len();
    let way = |a: usize, b: usize| graph.edges.iter().any(|e| e.from == format!("b{a}") && e.to == format!("b{b}"));
    let mut road: Vec<Vec<bool>> = (0..all).map(|a| (0..all).map(|b| a == b || way(a, b)).collect()).collect();
    for between in 0..all {
        for a in 0..all {
            for b in 0..all {
                road[a][b] |= road[a][between] && road[between][b];
            }
        }
    }
    road
}

/// Slow and obvious: the minutes of every way that passes no step twice.
fn longest(graph: &Workflow, way: &[usize]) -> i64 {
    let here = way.last().unwrap();
    let own: i64 = way.iter().map(|n| graph.steps[*n].minutes.unwrap()).sum();
    let next = (0..graph.steps.len()).filter(|n| {
        !way.contains(n) && graph.edges.iter().any(|e| e.from == format!("b{here}") && e.to == format!("b{n}"))
    });
    next.map(|n| longest(graph, &[way, &[n]].concat())).max().unwrap_or(0).max(own)
}

#[test]
fn on_drawn_graphs_the_check_agrees_with_its_slow_twin() {
    let (mut numbers, mut sound, mut faulty) = (Numbers(7), 0, 0);
    for _ in 0..600 {
        let graph = drawn(&mut numbers);
        let (road, last) = (roads(&graph), graph.steps.len() - 1);
        let lost: Vec<Problem> =
            (1..=last).filter(|n| !road[0][*n]).map(|n| Problem::Unreachable(format!("b{n}"))).collect();
        let stuck = (0..last).any(|n| !road[n][last]);
        let problems = check(&graph, None);
        let found: Vec<Problem> = problems.iter().filter(|p| matches!(p, Problem::Unreachable(_))).cloned().collect();
        assert_eq!(found, lost, "{:?}", graph.edges);
        let held = problems.iter().any(|p| matches!(p, Problem::DeadEnd(_) | Problem::LoopWithoutExit(_)));
        assert_eq!(held, stuck, "{:?}", graph.edges);
        if problems.is_empty() {
            sound += 1
        } else {
            faulty += 1
        }

        let minutes = longest(&graph, &[0]);
        let too_long = |limit: i64| {
            let limit = Limit::working_hours(limit);
            check(&graph, Some(limit)).iter().any(|p| matches!(p, Problem::TooLong { minutes: m, .. } if *m == minutes))
        };
        assert!(too_long((minutes - 1) / 60) && !too_long(minutes / 60 + 1), "{minutes} {:?}", graph.edges);
    }
    assert!(sound > 20 && faulty > 20, "{sound} sound, {faulty} faulty: the drawing proves nothing");
}
