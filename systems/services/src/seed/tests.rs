use std::path::Path;

use serde_json::json;

use super::*;

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn birth() -> ProcedureFile {
    all().unwrap().into_iter().find(|file| file.code == "1.001193").unwrap()
}

#[test]
fn every_procedure_of_the_seed_is_without_fault() {
    let faults: Vec<String> = all().unwrap().iter().flat_map(check).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_in_the_folder_is_in_the_seed_under_its_own_code() {
    let mut files: Vec<String> = std::fs::read_dir(fixtures().join("procedures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    let codes: Vec<String> = all().unwrap().iter().map(|file| format!("{}.json", file.code)).collect();
    assert_eq!(files, codes);
}

#[test]
fn no_field_of_a_file_is_silently_left_out() {
    for (name, text) in FILES {
        let written: Value = serde_json::from_str(text).unwrap();
        let read: ProcedureFile = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written, "{name}");
    }
}

#[test]
fn the_example_of_every_form_is_valid_and_an_empty_answer_is_not() {
    for file in all().unwrap() {
        for (name, schema) in &file.forms {
            let validator = jsonschema::draft202012::options().should_validate_formats(true).build(schema).unwrap();
            let example = &schema["examples"][0];
            let faults: Vec<String> = validator.iter_errors(example).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{} {name}: {faults:?}", file.code);
            assert!(!validator.is_valid(&json!({})), "{} {name}", file.code);
            for field in schema["required"].as_array().unwrap() {
                let mut answer = example.clone();
                answer.as_object_mut().unwrap().remove(field.as_str().unwrap());
                assert!(!validator.is_valid(&answer), "{} {name}: {field} may be missing", file.code);
            }
        }
    }
}

#[test]
fn names_with_an_apostrophe_or_of_one_word_and_birth_years_alone_are_accepted() {
    let schema = birth().forms.remove("dang-ky-khai-sinh").unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let with = |field: &str, value: Value| {
        let mut answer = schema["examples"][0].clone();
        answer[field] = value;
        validator.is_valid(&answer)
    };
    for name in ["Ch'ơm", "Tr’Hy A Lăng", "Blúp", "Nguyễn-Lê Ái"] {
        assert!(with("child_name", json!(name)), "{name}");
    }
    for name in ["", "   ", "=cmd()", "Lê 2", "<b>", "a\nb"] {
        assert!(!with("child_name", json!(name)), "{name}");
    }
    for day in ["1950", "1950-03", "1950-03-31"] {
        assert!(with("father_birth", json!(day)), "{day}");
    }
    for day in ["50", "1950-13", "1950-3-1", "31/03/1950"] {
        assert!(!with("father_birth", json!(day)), "{day}");
    }
    assert!(!with("applicant_identity", json!("04900000001")), "eleven digits");
    assert!(!with("unknown", json!(1)));
}

#[test]
fn the_father_is_required_only_when_he_is_declared() {
    let schema = birth().forms.remove("dang-ky-khai-sinh").unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut answer = schema["examples"][0].clone();
    answer.as_object_mut().unwrap().remove("father_name");
    assert!(!validator.is_valid(&answer));
    answer["father"] = json!("khong");
    assert!(validator.is_valid(&answer));
}

/// Plants one fault and expects it to be named.
#[track_caller]
fn planted(change: impl Fn(&mut ProcedureFile), expected: &str) {
    let mut file = birth();
    change(&mut file);
    let faults = check(&file);
    assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
}

#[test]
fn each_planted_fault_of_a_procedure_is_named() {
    planted(|file| file.code = "1.00119".to_owned(), "code is not d.dddddd");
    planted(|file| file.name.en.clear(), "name: no text in en");
    planted(|file| file.plain.vi.push(' '), "plain: text in vi is not clean");
    planted(|file| file.life_events.push("bay".to_owned()), "unknown life event bay");
    planted(|file| file.offers.clear(), "nobody offers it");
    planted(|file| file.levels[0].valid_to = None, "overlaps the one before");
    planted(|file| file.levels[1].source.text.clear(), "level: the source has no text");
    planted(|file| file.versions[0].valid_to = None, "overlaps the one before");
    planted(|file| file.versions[0].cases[0].limit_source = None, "limit and source of the limit go together");
    planted(|file| file.versions[1].cases[0].cutoff = None, "a same-day limit needs a cut-off");
    planted(
        |file| {
            let source = file.versions[1].cases[0].limit_source.clone();
            file.versions[0].cases[0].limit_source = source;
        },
        "limit: the source is not in force all the time",
    );
    planted(|file| file.versions[0].publishing.illustrative = false, "text and mark of the source disagree");
    planted(|file| file.versions[1].cases[0].fees[0].source.text.clear(), "fee: the source has no text");
    planted(
        |file| {
            let paper = file.versions[1].cases[0].papers[0].clone();
            file.versions[1].cases[0].papers.push(paper);
        },
        "stands twice",
    );
    planted(|file| file.versions[1].cases[0].workflow.clear(), "no workflow");
}

#[test]
fn each_planted_fault_of_a_form_is_named() {
    let form = |change: fn(&mut Value), expected: &str| {
        planted(
            |file| {
                let schema = file.forms.get_mut("dang-ky-khai-sinh").unwrap();
                change(schema);
                for version in &mut file.versions {
                    version.cases[0].form = Some(schema.clone());
                }
            },
            expected,
        );
    };
    form(|form| form["additionalProperties"] = json!(true), "additionalProperties is not false");
    form(|form| form["x-pages"][0]["fields"] = json!(["applicant_name"]), "applicant_identity is on no page");
    form(|form| form["x-pages"][1]["fields"][0] = json!("applicant_name"), "applicant_name is asked twice");
    form(|form| form["x-pages"][1]["fields"][0] = json!("nobody"), "nobody, which is no property");
    form(|form| form["properties"]["copies"]["x-title-en"] = json!(""), "copies: no x-title-en");
    form(|form| form["properties"]["copies"]["x-type"] = json!("number"), "unknown x-type");
    form(|form| form["properties"]["father_name"]["x-when"]["equals"] = json!("khong"), "x-when and allOf disagree");
    form(|form| form["required"][0] = json!("father_name"), "always required but not always asked");
    form(|form| form["x-applicant"]["phone"] = json!("nobody"), "phone is no property");
    form(|form| form["examples"] = json!([]), "no example");
}

#[test]
fn a_case_that_names_no_form_of_its_file_is_refused() {
    let (_, text) = FILES.iter().find(|(name, _)| *name == "1.001193").unwrap();
    assert!(parse("1.001193", text).is_ok());
    assert!(parse("1.001193", &text.replace("\"form\": \"dang-ky-khai-sinh\"", "\"form\": \"khac\"")).is_err());
}

/// The graphs belong to the one-stop system, which this one may not depend on: only the names of its files are read.
#[test]
fn the_workflow_of_every_case_is_a_graph_of_the_one_stop_system() {
    let graphs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../onestop/fixtures/workflows");
    for file in all().unwrap() {
        for case in file.versions.iter().flat_map(|version| &version.cases) {
            let graph = graphs.join(format!("{}.json", case.workflow));
            assert!(graph.is_file(), "{}: no graph {}", file.code, case.workflow);
        }
    }
}

#[test]
fn the_seed_is_as_broad_as_promised() {
    let all = all().unwrap();
    let demonstrated = jiff::civil::date(2021, 7, 26);
    let in_force = |file: &&ProcedureFile| {
        file.versions.iter().any(|v| v.valid_from <= demonstrated && v.valid_to.is_none_or(|end| demonstrated <= end))
    };
    assert!(all.iter().filter(in_force).count() >= 45, "procedures in July 2021");
    let complete = |file: &&ProcedureFile| {
        let case = file.versions.iter().flat_map(|version| &version.cases).next();
        case.is_some_and(|case| case.form.is_some() && case.limit.is_some() && !case.papers.is_empty())
    };
    let complete: Vec<&str> = all.iter().filter(complete).map(|file| file.code.as_str()).collect();
    for code in [
        "1.000656", "1.000894", "1.001193", "1.001612", "1.001699", "1.004873", "1.009994", "1.012783", "2.000488",
        "2.000635", "2.000815",
    ] {
        assert!(complete.contains(&code), "{code} is not complete");
    }
    for event in life_events().unwrap() {
        assert!(all.iter().any(|file| file.life_events.contains(&event.code)), "{} leads nowhere", event.code);
    }
}
