"""Follow every case with plain kafka-python: `python docs/subscriber.py [HOST:PORT]`."""

import json
import sys

from kafka import KafkaConsumer, TopicPartition

consumer = KafkaConsumer(
    bootstrap_servers=sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:19092",
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    # On a cluster the topic also has records of aborted transactions: skip them.
    isolation_level="read_committed",
)
consumer.assign([TopicPartition("cases.v1", partition) for partition in range(8)])
seen = {}
for record in consumer:
    entry = json.loads(record.value)
    # A record may come twice; `seq` counts the entries of one case without gaps.
    if entry["seq"] > seen.get(entry["case_id"], 0):
        seen[entry["case_id"]] = entry["seq"]
        print(entry["at"], entry["state"], entry["case"]["title"], entry["reason"], flush=True)
