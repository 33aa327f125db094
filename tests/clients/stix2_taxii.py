"""python-stix2 3.0.2 against a Ward hub: a collection as a source and as a sink; and stix2-validator 3.3.2 over every page that is read.

Usage: stix2_taxii.py URL TOKEN EXPECTATIONS
URL is that of an API root. EXPECTATIONS is JSON:
  readable   alias -> ids of the objects in it
  sink       alias of the collection that the object is added to
  object     what is added
Ends with 0 when everything is as expected, else with 1 and what was not.
"""

import json
import sys

import requests
import stix2
from stix2validator import ValidationOptions, validate_instance
from taxii2client.common import TokenAuth
from taxii2client.v21 import ApiRoot


def check(condition, what):
    if not condition:
        print("not as expected: " + what)
        sys.exit(1)


def read_as_a_source(collection, ids):
    source = stix2.TAXIICollectionSource(collection, allow_custom=True)
    kinds = sorted({one.split("--")[0] for one in ids})
    for kind in kinds:
        wanted = sorted(one for one in ids if one.split("--")[0] == kind)
        found = sorted(one["id"] for one in source.query([stix2.Filter("type", "=", kind)]))
        check(found == wanted, "%s in %s: %s, not %s" % (kind, collection.alias, found, wanted))
    for one in ids:
        check(source.get(one)["id"] == one, one + " is got")
        check([each["id"] for each in source.all_versions(one)] == [one], "its versions")
    check(source.get("indicator--00000000-0000-4000-8000-000000000404") is None, "what is not there is None")


def validate_every_page(collection, auth, pages_at_most=100):
    """Each object of each page, by the MUSTs."""
    query, objects = {"limit": 7}, 0
    for _ in range(pages_at_most):
        answer = requests.get(collection.objects_url, params=query, auth=auth, headers={"Accept": "application/taxii+json;version=2.1"})
        check(answer.status_code == 200, "%s answers %s" % (collection.alias, answer.status_code))
        page = answer.json()
        for one in page.get("objects", []):
            result = validate_instance(one, ValidationOptions(version="2.1"))
            check(result.is_valid, "%s is not valid: %s" % (one["id"], [str(error) for error in result.errors]))
            objects += 1
        if not page.get("more"):
            return objects
        query["next"] = page["next"]
    check(False, "the pages do not end")


def add_to_a_sink(collection, given):
    sink = stix2.TAXIICollectionSink(collection, allow_custom=True)
    sink.add(stix2.parse(given))


def main():
    url, auth, expected = sys.argv[1], TokenAuth(sys.argv[2]), json.loads(sys.argv[3])
    collections = {one.alias: one for one in ApiRoot(url, auth=auth).collections}
    validated = 0
    for alias, ids in expected["readable"].items():
        read_as_a_source(collections[alias], ids)
        validated += validate_every_page(collections[alias], auth)
    check(validated == sum(map(len, expected["readable"].values())), "%s objects were validated" % validated)
    add_to_a_sink(collections[expected["sink"]], expected["object"])
    print(json.dumps({"validated": validated}))


if __name__ == "__main__":
    main()
