"""What the client for Python expects of a server, asked of the stand-in. Ends with 1 at the first surprise."""

import sys
import threading
import uuid

from kurrentdbclient import KurrentDBClient, NewEvent, StreamState
from kurrentdbclient.exceptions import NotFoundError, StreamIsDeletedError, WrongCurrentVersionError


def event(kind="Asked", **more):
    return NewEvent(type=kind, data=b'{"a":1}', metadata=b'{"b":2}', content_type="application/json", **more)


def refuses(expected, call):
    try:
        call()
    except expected:
        return
    raise AssertionError(f"{expected.__name__} was expected")


def main(url):
    client = KurrentDBClient(uri=url.replace("tls=false", "tls=false&nodePreference=leader"))
    name = f"crosscheck-{uuid.uuid4()}"

    # Appending, with the positions that are told.
    first = event()
    at = client.append_to_stream(name, current_version=StreamState.NO_STREAM, events=[first])
    second = [event(), event("Answered")]
    after = client.append_to_stream(name, current_version=0, events=second)
    assert 0 < at < after

    # A conflict is told, and a repeat is the same answer.
    refuses(WrongCurrentVersionError, lambda: client.append_to_stream(name, current_version=0, events=[event()]))
    assert client.append_to_stream(name, current_version=0, events=second) == after
    refuses(
        WrongCurrentVersionError,
        lambda: client.append_to_stream(name, current_version=0, events=[second[0], event()]),
    )

    # Reading both ways, with everything that was sent.
    read = list(client.get_stream(name))
    assert [e.id for e in read] == [first.id] + [e.id for e in second]
    assert [e.stream_position for e in read] == [0, 1, 2]
    assert (read[0].type, read[0].data, read[0].metadata) == ("Asked", b'{"a":1}', b'{"b":2}')
    assert [e.stream_position for e in client.get_stream(name, backwards=True, limit=2)] == [2, 1]
    assert [e.stream_position for e in client.get_stream(name, stream_position=1)] == [1, 2]
    assert client.get_current_version(name) == 2
    refuses(NotFoundError, lambda: list(client.get_stream(f"nothing-{uuid.uuid4()}")))

    # Everything, filtered by the server; a position is a place to begin with.
    mine = [e for e in client.read_all(filter_include=["crosscheck-.*"], filter_by_stream_name=True) if e.stream_name == name]
    assert [e.id for e in mine] == [e.id for e in read]
    assert mine[0].commit_position == at and mine[-1].commit_position == after
    rest = [e for e in client.read_all(commit_position=at) if e.stream_name == name]
    assert [e.id for e in rest] == [e.id for e in read], "a read begins with the event at its position"

    # A subscription begins after its position, and goes on live.
    subscription = client.subscribe_to_all(commit_position=at)
    heard = []

    def listen():
        for e in subscription:
            if e.stream_name == name:
                heard.append(e.id)
            if len(heard) == 3:
                subscription.stop()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    live = event()
    client.append_to_stream(name, current_version=2, events=[live])
    listener.join(timeout=20)
    assert heard == [e.id for e in second] + [live.id], heard

    # Retention by count, as metadata of the stream.
    kept = f"crosscheck-{uuid.uuid4()}"
    client.set_stream_metadata(kept, metadata={"$maxCount": 1}, current_version=StreamState.NO_STREAM)
    for version in range(3):
        expected = StreamState.NO_STREAM if version == 0 else version - 1
        client.append_to_stream(kept, current_version=expected, events=[event()])
    assert [e.stream_position for e in client.get_stream(kept)] == [2]

    # Deleting hides and numbers go on; a tombstone is for ever.
    client.delete_stream(kept, current_version=2)
    refuses(NotFoundError, lambda: list(client.get_stream(kept)))
    client.append_to_stream(kept, current_version=StreamState.NO_STREAM, events=[event()])
    assert [e.stream_position for e in client.get_stream(kept)] == [3]
    client.tombstone_stream(kept, current_version=3)
    refuses(StreamIsDeletedError, lambda: list(client.get_stream(kept)))

    members = client.read_gossip()
    leaders = [m for m in members if m.state == "NODE_STATE_LEADER"]
    assert len(leaders) == 1, members
    client.close()
    print(f"the client for Python agrees with the stand-in ({len(members)} nodes)")


if __name__ == "__main__":
    main(sys.argv[1])
