//! The full validation against the OASIS validator's own table, the standard's examples and objects in use.

use std::collections::BTreeMap;

use serde_json::Value;
use ward_stix::validate::{Options, validate, validate_text};

/// The options of a case, or why they are refused.
fn options(case: &Value) -> Result<Options, String> {
    let given = &case["options"];
    let list = |name: &str| match &given[name] {
        Value::Array(words) => words.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(","),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let mut options =
        Options::default().with_checks(&list("disabled"), &list("enabled")).map_err(|error| error.to_string())?;
    let flag = |name: &str| given[name].as_bool();
    options.strict = flag("strict").unwrap_or(true);
    options.strict_types = flag("strict_types").unwrap_or(false);
    options.strict_properties = flag("strict_properties").unwrap_or(false);
    Ok(options)
}

/// Cases whose verdict differs, in the table's order. The first asks for two ways of printing at once, where nothing is
/// printed here; the others hand in JSON schemas of their own, which are not taken.
const KNOWN: [&str; 5] = [
    "bundle_tests.BundleTestCases.test_silent_and_verbose",
    "indicator_tests.IndicatorTestCases.test_additional_schema",
    "indicator_tests.IndicatorTestCases.test_additional_schema_extension",
    "indicator_tests.IndicatorTestCases.test_additional_schema_extension",
    "observed_data_tests.ObservedDataTestCases.test_additional_schemas_custom_extension",
];

#[test]
fn every_verdict_of_the_oasis_validator_is_ours() {
    let Some(table) = crate::read_json("share/validator/validator-cases-v21.json") else { return };
    let cases = table["cases"].as_array().unwrap();
    let (mut right, mut wrong) = (0, Vec::new());
    for (position, case) in cases.iter().enumerate() {
        let (is_valid, why) = match options(case) {
            Err(reason) => (false, reason),
            Ok(options) => {
                let report = validate(&case["object"], &options);
                let problems = report.errors.iter().chain(&report.warnings).map(|p| format!("{} {p}", p.code));
                (report.is_valid(options.strict), problems.collect::<Vec<_>>().join("; "))
            }
        };
        if is_valid == case["expect_valid"].as_bool().unwrap() {
            right += 1;
            continue;
        }
        let test = case["test"].as_str().unwrap();
        println!("{position} {test} {}: is_valid {is_valid}: {why}", case["options"]);
        wrong.push(test);
    }
    println!("{right} of {} verdicts are right", cases.len());
    assert_eq!(wrong, KNOWN);
}

/// How many objects a file has, its errors as "id code path", and its warnings by check.
fn judged(path: &str) -> Option<(usize, Vec<String>, BTreeMap<&'static str, usize>)> {
    let verdicts = validate_text(&crate::read(path)?, &Options::default()).unwrap();
    let (mut errors, mut warnings) = (Vec::new(), BTreeMap::new());
    for verdict in &verdicts {
        errors.extend(verdict.errors.iter().map(|error| format!("{} {} {}", verdict.id, error.code, error.path)));
        for warning in &verdict.warnings {
            *warnings.entry(warning.code).or_insert(0) += 1;
        }
    }
    Some((verdicts.len(), errors, warnings))
}

#[test]
fn the_files_of_the_oasis_validator_are_judged_by_their_names() {
    for path in crate::names("share/validator/test_examples") {
        let Some(bytes) = crate::read(&path) else { return };
        let verdicts = validate_text(&bytes, &Options::default());
        let is_valid = verdicts.as_ref().is_ok_and(|verdicts| verdicts.iter().all(|verdict| verdict.valid));
        assert_eq!(is_valid, !path.contains("invalid"), "{path}: {verdicts:?}");
    }
}

#[test]
fn the_standards_examples_have_only_known_errors() {
    let mut found = Vec::new();
    for path in crate::names("share/oasis_examples") {
        let Some((count, errors, warnings)) = judged(&path) else { return };
        println!("{path}: {count} objects: {warnings:?}");
        found.extend(errors);
    }
    // All in the document of the standard itself: two indicators from before `pattern_type`, a misprinted id and
    // extension type, payloads that are cut short with dots, fragments, and one observation in the form of STIX 2.0.
    let known = [
        "file-1389b98d-a3d3-5190-a996-716fd444059a id id",
        "indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2 missing pattern_type",
        "artifact--a785c567-cc53-52a1-abeb-026bb7ddf8ba format payload_bin",
        "artifact--6be1fbcb-fd03-5ec3-b05f-4329746e9d2b format payload_bin",
        "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f missing pattern_type",
        "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f missing valid_from",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 id objects.0.src_ref",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing objects.0.protocols",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing objects.0.id",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing objects.1.id",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 id objects.2.dst_ref",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing objects.2.protocols",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing objects.2.id",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing objects.3.id",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing spec_version",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing created",
        "observed-data--0960319a-3cab-4258-a143-4dbb25525bb1 missing modified",
        " missing id",
        " extension-name extensions.x-example-com-foo",
        "artifact--6be1fbcb-fd03-5ec3-b05f-4329746e9d2b format payload_bin",
        "marking-definition--7adc34dc-f5c7-4b7c-a7da-28fc4dd716cc closed-vocabulary \
         extensions.extension-definition--9ef47f81-1443-4632-8497-8b2878f8ac21.extension_type",
    ];
    assert_eq!(found, known);
}

#[test]
fn feeds_in_use_have_no_errors() {
    let files = [
        "share/attack/ics-attack-18.1.json",
        "share/attack/mobile-attack-17.1.json",
        "share/disarm/DISARM.json",
        "share/tlp2/tlp2-marking-definitions.json",
    ];
    for path in files {
        let Some((count, errors, warnings)) = judged(path) else { return };
        println!("{path}: {count} objects: {warnings:?}");
        assert_eq!(errors, Vec::<String>::new(), "{path}");
    }
}

#[test]
fn single_objects_are_judged_by_their_names() {
    /// Parts of the names of files in which something is wrong.
    const FAULTS: [&str; 18] = [
        "-before-",
        "-bad-",
        "-invalid",
        "-missing-",
        "-no-",
        "-out-of-range",
        "-wrong-",
        "-without-longitude",
        "-without-path",
        "-empty-object-refs",
        "-empty-context",
        "-empty-value",
        "-both-content",
        "-neither-content",
        "-payload-and-url",
        "-body-with-multipart",
        "-end-with-active",
        "-objects-sro",
    ];
    /// Files that break a rule which their names do not speak of: no `is_family`, a UUID of no version.
    const OTHERS: [&str; 3] = ["malware-minimal", "file-hash-key-not-in-ov", "file-hash-key-open-vocab-extension"];
    let mut count = 0;
    for folder in ["sdo", "sco", "sro", "meta"] {
        for path in crate::names(&format!("share/interop_rstix/spec/{folder}")) {
            let Some((_, errors, warnings)) = judged(&path) else { return };
            count += 1;
            if FAULTS.iter().any(|fault| path.contains(fault)) {
                assert!(!errors.is_empty() || !warnings.is_empty(), "{path}");
            } else if !OTHERS.iter().any(|other| path.ends_with(&format!("/{other}.json"))) {
                assert_eq!(errors, Vec::<String>::new(), "{path}");
            }
        }
    }
    println!("{count} files");
}
