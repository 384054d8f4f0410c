"""To send a batch of messages needs the permission to send one, as on AWS (SQS, AddPermission); MiniStack asks for
one of the batch's own name.
"""

import ministack.core.iam_evaluator as iam


def apply():
    enforce = iam.enforce

    def enforce_single(access_key_id, iam_action, *others, **named):
        single = "sqs:SendMessage" if iam_action == "sqs:SendMessageBatch" else iam_action
        return enforce(access_key_id, single, *others, **named)

    iam.enforce = enforce_single
