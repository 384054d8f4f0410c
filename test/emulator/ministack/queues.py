"""A receiver of a queue gets the batch size that its mapping asks for; MiniStack hands over ten at most."""

import ministack.services.sqs as sqs


def apply():
    for name in ("_queues_lock", "_get_q", "_expire_retained", "_dlq_sweep", "_collect_msgs"):
        assert hasattr(sqs, name), name

    def receive(queue_url, wanted):
        with sqs._queues_lock:
            queue = sqs._get_q(queue_url)
            sqs._expire_retained(queue)
            sqs._dlq_sweep(queue)
            visibility = int(queue["attributes"].get("VisibilityTimeout", "30"))
            return sqs._collect_msgs(queue, int(wanted or 1), visibility)

    sqs._receive_messages_for_esm = receive
