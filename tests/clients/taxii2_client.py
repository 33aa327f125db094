"""taxii2-client 2.3.0 against a Ward hub: it reads every collection it may and none it may not, pages, pushes, and waits.

Usage: taxii2_client.py DISCOVERY_URL TOKEN EXPECTATIONS
EXPECTATIONS is JSON: title (of the server), default (the path of its default API root) and roots: the path of each API root that is told, with
  readable      alias -> ids of the objects in it, in order
  unreadable    aliases of collections that are listed but must not be read
  hidden        aliases of collections that must not be listed and must not be found
  pages         null or {collection, limit, ids}: read in pages of this size, objects and manifest
  push          null or {collection, object, receipts}: sent, waited for, and told with so many receipts
  refused_push  aliases of collections that must not be written to
Ends with 0 when everything is as expected, else with 1 and what was not.
"""

import json
import sys
from urllib.parse import urlparse

import requests
from taxii2client.common import TokenAuth
from taxii2client.exceptions import AccessError
from taxii2client.v21 import Server, as_pages

PAGES_AT_MOST = 1000


def check(condition, what):
    if not condition:
        print("not as expected: " + what)
        sys.exit(1)


def status_of(request):
    """The status code with which a request fails; 200 when it does not."""
    try:
        request()
    except requests.exceptions.HTTPError as error:
        return error.response.status_code
    return 200


def pages(function, limit):
    """The ids on each page."""
    found = []
    for page in as_pages(function, per_request=limit):
        found.append([one["id"] for one in page.get("objects", [])])
        check(len(found) < PAGES_AT_MOST, "the pages do not end")
    return found


def read_collections(root, expected):
    collections = {one.alias: one for one in root.collections}
    listed = sorted(collections)
    wanted = sorted(list(expected["readable"]) + expected["unreadable"])
    check(listed == wanted, "listed are %s, not %s" % (listed, wanted))
    for alias, ids in expected["readable"].items():
        check(collections[alias].can_read, alias + " is to be read")
        found = sum(pages(collections[alias].get_objects, 100), [])
        check(found == ids, "%s holds %s, not %s" % (alias, found, ids))
        manifest = sum(pages(collections[alias].get_manifest, 100), [])
        check(manifest == ids, "the manifest of %s has %s" % (alias, manifest))
    return collections


def refused_collections(root, auth, collections, expected):
    for alias in expected["unreadable"]:
        try:
            collections[alias].get_objects()
            check(False, alias + " was read")
        except AccessError:
            pass
        answer = requests.get(collections[alias].objects_url, auth=auth)
        check(answer.status_code == 403, "%s answers %s to a reader" % (alias, answer.status_code))
    for alias in expected["hidden"]:
        for end in ["", "objects/", "manifest/"]:
            answer = requests.get("%scollections/%s/%s" % (root.url, alias, end), auth=auth)
            check(answer.status_code == 404, "%s/%s answers %s" % (alias, end, answer.status_code))
    for alias in expected["refused_push"]:
        check(not collections[alias].can_write, alias + " is not to be written")
        headers = {"Content-Type": "application/taxii+json;version=2.1"}
        answer = requests.post(collections[alias].objects_url, auth=auth, data='{"objects":[{}]}', headers=headers)
        check(answer.status_code == 403, "%s answers %s to a writer" % (alias, answer.status_code))


def read_pages(collections, asked):
    collection = collections[asked["collection"]]
    for function in [collection.get_objects, collection.get_manifest]:
        found = pages(function, asked["limit"])
        check(sum(found, []) == asked["ids"], "in pages: %s" % found)
        check(all(len(page) <= asked["limit"] for page in found), "a page is too long: %s" % found)
        check(len(found) == -(-len(asked["ids"]) // asked["limit"]), "%s pages" % len(found))
    first = asked["ids"][0]
    check(collection.get_object(first)["objects"][0]["id"] == first, "one object")
    check(len(collection.object_versions(first)["versions"]) == 1, "its versions")


def push(collections, asked):
    collection = collections[asked["collection"]]
    status = collection.add_objects({"objects": [asked["object"]]}, wait_for_completion=True, poll_interval=0.1)
    status.refresh()
    check(status.status == "complete", "the status is %s" % status.status)
    check((status.success_count, status.failure_count) == (1, 0), "failures: %s" % status.failures)
    receipts = status.custom_properties.get("x_ward_receipts", [])
    check(len(receipts) == asked["receipts"], "receipts: %s" % receipts)


def main():
    url, token, expected = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    for server in [Server(url, user="anybody", password=token), Server(url, auth=TokenAuth(token))]:
        check(server.title == expected["title"], "the title is %s" % server.title)
        check(server.default.url.endswith(expected["default"]), "the default is %s" % server.default.url)
        roots = {urlparse(root.url).path: root for root in server.api_roots}
        check(sorted(roots) == sorted(expected["roots"]), "the API roots are %s" % sorted(roots))
    for path, root in roots.items():
        behind(root, TokenAuth(token), expected["roots"][path])
    check(status_of(Server(url, auth=TokenAuth("ward_guess")).refresh) == 401, "a guessed token is refused")


def behind(root, auth, expected):
    """Everything behind one API root."""
    collections = read_collections(root, expected)
    refused_collections(root, auth, collections, expected)
    if expected["pages"]:
        read_pages(collections, expected["pages"])
    if expected["push"]:
        push(collections, expected["push"])
    print(json.dumps({"root": root.url, "collections": sorted(collections), "read": sum(map(len, expected["readable"].values()))}))


if __name__ == "__main__":
    main()
