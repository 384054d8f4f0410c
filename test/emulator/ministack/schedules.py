"""Scheduler: looks every second, heeds time zones, refuses expressions that AWS refuses, fills in what AWS fills in.

A schedule's ARN names its group, also where IAM is asked about it; MiniStack asks about the group `default`.
"""

import json
import re
import time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import ministack.core.iam_actions as iam_actions
import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.eventbridge as bridge
import ministack.services.scheduler as scheduler

LOOK_EVERY_S = 1
RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
KEPT_FROM_TEMPLATE = ("ScheduleExpressionTimezone", "StartDate", "EndDate", "KmsKeyArn")


def apply():
    assert scheduler._SCHEDULE_TICK_INTERVAL == 10
    scheduler._SCHEDULE_TICK_INTERVAL = LOOK_EVERY_S
    scheduler._tick_schedules = look
    for name in ("_create_schedule", "_update_schedule"):
        setattr(scheduler, name, refusing(getattr(scheduler, name)))
    create_from_template()
    name_groups()


def name_groups():
    original = iam_actions.extract_resource_arn

    def extract(service, method, path, headers, body, query_params, *scope):
        arn = original(service, method, path, headers, body, query_params, *scope)
        if service != "scheduler" or ":schedule/default/" not in arn:
            return arn
        group = json.loads(body).get("GroupName") if body else (query_params.get("groupName") or [None])[0]
        return arn.replace(":schedule/default/", f":schedule/{group or 'default'}/")

    iam_actions.extract_resource_arn = extract


def problem_of(body):
    expression = body.get("ScheduleExpression", "")
    zone = body.get("ScheduleExpressionTimezone") or "UTC"
    try:
        ZoneInfo(zone)
    except Exception:
        return f"Invalid Schedule Expression Timezone {zone}."
    if scheduler._at_time_epoch(expression) is not None:
        return None
    rate = RATE.fullmatch(expression)
    if rate:
        return None if int(rate[1]) > 0 else f"Invalid Schedule Expression {expression}."
    cron = re.fullmatch(r"cron\((.+)\)", expression)
    if not cron or len(cron[1].split()) != 6 or "?" not in cron[1]:
        return f"Invalid Schedule Expression {expression}."
    try:
        bridge._cron_next_fire(bridge._parse_cron_fields(expression), datetime.now(timezone.utc))
    except Exception:
        return f"Invalid Schedule Expression {expression}."
    return None


def refusing(handle):
    def checked(name, body):
        problem = problem_of(body)
        return scheduler._error(400, "ValidationException", problem) if problem else handle(name, body)

    return checked


def create_from_template():
    original = provisioners._scheduler_schedule_create

    def create(logical_id, properties, stack):
        problem = problem_of(properties)
        if problem:
            raise ValueError(problem)
        name, attributes = original(logical_id, properties, stack)
        schedule = scheduler._schedules.get(f"{properties.get('GroupName', 'default')}/{name}")
        assert schedule is not None, name
        schedule.update({key: properties[key] for key in KEPT_FROM_TEMPLATE if key in properties})
        return name, attributes

    provisioners._scheduler_schedule_create = create
    tables = [
        table
        for table in vars(provisioners).values()
        if isinstance(table, dict) and isinstance(table.get("AWS::Scheduler::Schedule"), dict)
    ]
    assert tables
    for table in tables:
        table["AWS::Scheduler::Schedule"]["create"] = create


def look():
    now = time.time()
    account, region = scheduler.get_account_id(), scheduler.get_region()
    try:
        for key, schedule in list(scheduler._schedules._data.items()):
            # One bad schedule must not hold the others up.
            try:
                fire_if_due(key, schedule, now)
            except Exception:
                scheduler.logger.exception("schedule %s", key)
    finally:
        scheduler.set_request_account_id(account)
        scheduler.set_request_region(region)


def fire_if_due(key, schedule, now):
    if schedule.get("State") != "ENABLED":
        return
    start, end = (scheduler._to_epoch(schedule.get(name)) for name in ("StartDate", "EndDate"))
    if (start and now < start) or (end and now > end):
        return
    at, once = due(key, schedule, now)
    if at is None:
        return
    scheduler._schedule_last_fired[key] = now
    account, region, _ = key
    scheduler.set_request_account_id(account)
    scheduler.set_request_region(region)
    target, execution_id = filled_in(schedule, at)
    event = {
        "EventId": execution_id,
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": now,
        "Resources": [schedule["Arn"]],
        "Account": account,
        "Region": region,
    }
    bridge._invoke_target(target, event, schedule)
    if once and schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules._data.pop(key, None)
        scheduler._schedule_last_fired.pop(key, None)


def due(key, schedule, now):
    """The instant that has come, or None, and whether it was the only one."""
    fired = scheduler._schedule_last_fired
    expression = schedule["ScheduleExpression"]
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    once = re.match(r"at\((.+)\)$", expression)
    if once:
        at = datetime.fromisoformat(once[1]).replace(tzinfo=zone).timestamp()
        return (at if now >= at and key not in fired else None), True
    interval = bridge._parse_rate_seconds(expression)
    if interval is not None:
        last = fired.setdefault(key, schedule.get("CreationDate", now))
        return (last + interval if now - last >= interval else None), False
    last = fired.setdefault(key, now)
    local = datetime.fromtimestamp(last, zone).replace(tzinfo=timezone.utc)
    following = bridge._cron_next_fire(bridge._parse_cron_fields(expression), local)
    if following is None:
        return None, False
    at = following.replace(tzinfo=zone).timestamp()
    return (at if now >= at else None), False


def filled_in(schedule, at):
    target, execution_id = dict(schedule.get("Target") or {}), scheduler.new_uuid()
    values = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": execution_id,
        "attempt-number": "1",
    }
    for name, value in values.items():
        if target.get("Input"):
            target["Input"] = target["Input"].replace(f"<aws.scheduler.{name}>", value)
    return target, execution_id
