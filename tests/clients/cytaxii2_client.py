"""cytaxii2 1.0.1 against a Ward hub that speaks TLS: it finds the default root, lists, polls in pages and since a date, and hands in.

Usage: cytaxii2_client.py DISCOVERY_URL TOKEN EXPECTATIONS
EXPECTATIONS is JSON: collections (aliases), collection (alias to poll and hand in to), ids (of the objects in it), object (to hand in).
The certificate authority is taken from REQUESTS_CA_BUNDLE. Ends with 0 when everything is as expected, else with 1 and what was not.
"""

import json
import sys

from cytaxii2 import cytaxii2


def check(condition, what):
    if not condition:
        print("not as expected: " + what)
        sys.exit(1)


def answer(request):
    check(request["status"] is True, "answered %s: %s" % (request["status_code"], request["response"]))
    return request["response"]


def main():
    url, token, expected = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    client = cytaxii2.cytaxii2(discovery_url=url, username="anybody", password=token, version=2.1)
    check(answer(client.discovery_request())["default"].startswith("https://"), "the default root is an address")
    check("application/taxii+json;version=2.1" in answer(client.root_discovery())["versions"], "the root")
    listed = {one["alias"]: one for one in answer(client.collection_request())["collections"]}
    check(sorted(listed) == sorted(expected["collections"]), "listed are %s" % sorted(listed))
    of = listed[expected["collection"]]["id"]
    check(answer(client.collection_data_request(of))["can_write"], "it may be written")
    found, after = [], None
    for _ in range(100):
        page = answer(client.poll_request(of, limit=3, next=after))
        found += [one["id"] for one in page.get("objects", [])]
        after = page.get("next")
        if not page.get("more"):
            break
    check(found == expected["ids"], "polled %s" % found)
    none = answer(client.poll_request(of, added_after="2100-01-01T00:00:00.000Z"))
    check(none == {}, "after the end: %s" % none)
    one = answer(client.poll_request(of, object_id=expected["ids"][0], object_type="indicator"))
    check(len(one["objects"]) == 1, "one object")
    status = answer(client.inbox_request(of, json.dumps({"objects": [expected["object"]]})))
    check((status["success_count"], status["failure_count"]) == (1, 0), "handed in: %s" % status)
    wrong = cytaxii2.cytaxii2(discovery_url=url, username="anybody", password="ward_guess", version=2.1)
    check(wrong.discovery_request()["status_code"] == 401, "a guessed token")


if __name__ == "__main__":
    main()
