# Every alarm is an entry here: its metrics, its threshold, how it treats missing data, and what the operator should look at first.

locals {
  _namespace = {
    custom    = var.metrics_namespace
    states    = "AWS/States"
    sqs       = "AWS/SQS"
    dynamodb  = "AWS/DynamoDB"
    agentcore = "AWS/Bedrock-AgentCore"
    events    = "AWS/Events"
  }

  _machine  = { StateMachineArn = var.state_machine.arn }
  _workflow = { StateMachine = var.state_machine.name }
  _queue    = { QueueName = var.dead_letter_queue_name }
  _uploads  = { RuleName = "${var.state_machine.name}-uploads" }

  # Express has no limit of state transitions, but one of starts, which is the whole account's: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  _throttled = {
    EXPRESS = {
      metric      = { namespace = local._namespace.states, name = "ThrottledEvents", stat = "Sum", dimensions = { APIName = "StartExecution" } }
      description = "Step Functions refused to start runs, of this workflow or of any other of the account. First: compare the start rate with the account's quota for StartExecution, and ask for more or start fewer."
    }
    STANDARD = {
      metric      = { namespace = local._namespace.states, name = "ExecutionThrottled", stat = "Sum", dimensions = local._machine }
      description = "Step Functions held runs back. First: compare the start rate with the account's quota for state transitions, and ask for more or start fewer."
    }
  }[var.state_machine.type]

  # AWS/States emits no zeros for what did not happen.
  _failed_percent = {
    expression = "100 * (FILL(failed, 0) + FILL(timed_out, 0)) / (FILL(succeeded, 0) + FILL(failed, 0) + FILL(timed_out, 0))"
    metrics = {
      succeeded = { namespace = local._namespace.states, name = "ExecutionsSucceeded", stat = "Sum", dimensions = local._machine }
      failed    = { namespace = local._namespace.states, name = "ExecutionsFailed", stat = "Sum", dimensions = local._machine }
      timed_out = { namespace = local._namespace.states, name = "ExecutionsTimedOut", stat = "Sum", dimensions = local._machine }
    }
  }

  # Without runs nothing is wrong: missing data is not breaching, except where an alarm says otherwise.
  _defaults = {
    expression = null
    comparison = "GreaterThanOrEqualToThreshold"
    missing    = "notBreaching"
    period     = 300
    periods    = 1 # consecutive
  }

  # A rate of few runs means little: these periods are long enough for a low and irregular load.
  _rate = { period = 900 }

  _of_the_workflow = {
    executions-failing = merge(local._failed_percent, local._rate, {
      description = "${var.alarms.failed_percent} % or more of the runs of 15 minutes failed or timed out. First: in the dashboard, see which step fails and with which error; the document of a failed run has an exception or is in the dead-letter queue."
      threshold   = var.alarms.failed_percent
    })
    outage = merge(local._failed_percent, local._rate, {
      description = "${var.alarms.outage_percent} % or more of the runs failed or timed out, in two consecutive periods of 15 minutes: almost no document is processed. First: look for an open circuit; without one, the error of the last runs shows what they have in common."
      threshold   = var.alarms.outage_percent
      periods     = 2
    })
    executions-throttled = {
      description = local._throttled.description
      metrics     = { throttled = local._throttled.metric }
      threshold   = var.alarms.throttled_executions
    }
    executions-slow = {
      description = "A run used ${var.alarms.duration_percent} % or more of its limit of ${var.state_machine.seconds} s. First: see which agent's duration grew; a run that reaches the limit is ended without an outcome, and its document is dead-lettered."
      metrics     = { slowest = { namespace = local._namespace.states, name = "ExecutionTime", stat = "Maximum", dimensions = local._machine } }
      threshold   = var.state_machine.seconds * 10 * var.alarms.duration_percent
    }
    sessions-near-quota = {
      description = "The runs start ${var.alarms.sessions_per_second} or more AgentCore sessions a second; the account's quota is 25, unless it was raised. First: see whether callers start too many runs, or calls are retried too often."
      metrics     = { sessions = { namespace = local._namespace.custom, name = "SessionsStarted", stat = "Sum", dimensions = local._workflow } }
      period      = 60
      threshold   = var.alarms.sessions_per_second * 60
    }
  }

  _of_the_agents = merge([
    for agent in var.agents : {
      "step-failing-${agent}" = merge(local._rate, {
        description = "${var.alarms.step_failed_percent} % or more of the steps of ${agent} in 15 minutes failed, retries included. First: see its errors in the dashboard; a run's trace names the runtime that was called."
        metrics     = { failed = { namespace = local._namespace.custom, name = "StepsFailed", stat = "Average", dimensions = merge(local._workflow, { Agent = agent }) } }
        threshold   = var.alarms.step_failed_percent / 100
      })
      # An open circuit with no runs stays open: the last datapoint still holds.
      "circuit-open-${agent}" = {
        description = "The circuit of ${agent} is open: its calls failed consecutively, and further calls are refused. First: ask the agent's team; the circuit closes by itself with the next call that succeeds."
        metrics     = { open = { namespace = local._namespace.custom, name = "CircuitOpen", stat = "Maximum", dimensions = merge(local._workflow, { Agent = agent }) } }
        period      = 60
        threshold   = 1
        missing     = "ignore"
      }
    }
  ]...)

  # A runtime's metrics are identified by its ARN and by its name with the endpoint: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-runtime-metrics.html
  _runtimes = {
    for agent, runtime in var.runtimes : agent => {
      for place, arn in runtime.arns : "runtime_${place}" => {
        Operation = "InvokeAgentRuntime"
        Name      = "${regex("runtime/(.+)-[^-]+$", arn)[0]}::${runtime.qualifier}"
        Resource  = arn
      }
    }
  }

  _of_the_runtimes = merge([
    for agent, runtimes in local._runtimes : {
      "runtime-throttled-${agent}" = {
        description = "AgentCore throttled ${var.alarms.runtime_throttles} or more calls of ${agent} in 5 minutes. First: see whether more sessions are started, or more calls made, than the account's quotas allow; the documents wait and go on by themselves."
        expression  = join(" + ", [for id in keys(runtimes) : "FILL(${id}, 0)"])
        metrics     = { for id, dimensions in runtimes : id => { namespace = local._namespace.agentcore, name = "Throttles", stat = "Sum", dimensions = dimensions } }
        threshold   = var.alarms.runtime_throttles
      }
      "runtime-errors-${agent}" = {
        description = "AgentCore itself failed ${var.alarms.runtime_errors} or more calls of ${agent} in 5 minutes. First: look at AWS's health dashboard, then whether the runtime is READY; its own logs say nothing of calls that did not reach it."
        expression  = join(" + ", [for id in keys(runtimes) : "FILL(${id}, 0)"])
        metrics     = { for id, dimensions in runtimes : id => { namespace = local._namespace.agentcore, name = "SystemErrors", stat = "Sum", dimensions = dimensions } }
        threshold   = var.alarms.runtime_errors
      }
      "runtime-slow-${agent}" = merge(local._rate, {
        description = "The calls of ${agent} took on average ${var.alarms.latency_percent} % or more of its timeout_seconds (${var.runtimes[agent].timeout_seconds} s) for 15 minutes. First: see in the dashboard since when; calls that reach the limit end as AgentTimeout."
        expression  = length(runtimes) > 1 ? "MAX([${join(", ", keys(runtimes))}])" : null
        metrics     = { for id, dimensions in runtimes : id => { namespace = local._namespace.agentcore, name = "Latency", stat = "Average", dimensions = dimensions } }
        threshold   = var.runtimes[agent].timeout_seconds * 10 * var.alarms.latency_percent
      })
    }
  ]...)

  # A gauge of the whole account, as its quota is.
  _sessions = { namespace = local._namespace.agentcore, name = "ActiveSessionCount", stat = "Maximum", dimensions = { Service = "AgentCore.Runtime" } }

  _of_the_account = {
    active-sessions = {
      description = "${var.alarms.active_sessions} or more AgentCore sessions are active in the account, of this workflow or of others; the quota is 2,500, or 5,000 in us-east-1 and us-west-2, unless it was raised. First: see whether sessions are stopped (stop_sessions), and whose they are."
      metrics     = { active = local._sessions }
      threshold   = var.alarms.active_sessions
    }
  }

  _of_the_documents = {
    dead-letters = {
      description = "${var.alarms.dead_letters} or more documents are in the dead-letter queue. First: read the errors in the messages; when the cause is fixed, redrive them."
      metrics     = { waiting = { namespace = local._namespace.sqs, name = "ApproximateNumberOfMessagesVisible", stat = "Maximum", dimensions = local._queue } }
      threshold   = var.alarms.dead_letters
    }
    # ApproximateAgeOfOldestMessage leaves out what was received three times, so reading a dead letter would hide it:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    dead-letters-old = {
      description = "There were dead letters on each of the last ${var.alarms.dead_letter_age_days} days; the oldest may be that old, and SQS drops it after 14. First: redrive it, or save the message."
      metrics     = { waiting = { namespace = local._namespace.sqs, name = "ApproximateNumberOfMessagesVisible", stat = "Maximum", dimensions = local._queue } }
      threshold   = 1
      period      = 24 * 60 * 60
      periods     = var.alarms.dead_letter_age_days
    }
    # The sweep emits both each minute, and has an alarm of its own: missing data means nothing for documents.
    # One alarm for what lets many documents wait, and not an exception for each of them.
    documents-deferred = {
      description = "The oldest deferred document has waited ${var.alarms.deferred_minutes} minutes or more: what it waits for is not over. First: see in the ledger what the DEFERRED ones wait for (waiting_for, error); after deferral.max_hours each becomes an exception."
      metrics     = { oldest = { namespace = local._namespace.custom, name = "OldestDeferred", stat = "Maximum", dimensions = local._workflow } }
      threshold   = var.alarms.deferred_minutes * 60
      missing     = "ignore"
    }
    documents-overdue = {
      description = "${var.alarms.overdue_documents} or more documents have waited too long for their counterparty. First: list the PENDING ones in the ledger, and ask the counterparty."
      metrics     = { overdue = { namespace = local._namespace.custom, name = "OverdueDocuments", stat = "Maximum", dimensions = local._workflow } }
      threshold   = var.alarms.overdue_documents
      missing     = "ignore"
    }
    dead-runs = {
      description = "${var.alarms.dead_runs} or more runs ended without an outcome, and their documents were dead-lettered. First: see whether the runs timed out, and redrive the documents."
      metrics     = { found = { namespace = local._namespace.custom, name = "DeadRuns", stat = "Sum", dimensions = local._workflow } }
      threshold   = var.alarms.dead_runs
      missing     = "ignore"
    }
    sweep-silent = {
      description = "The sweep of dead runs has emitted no metrics for 5 minutes or more: a document whose run died would not be found. First: look at the last executions of ${var.state_machine.name}-sweep, and whether its schedule is enabled."
      metrics     = { sweeps = { namespace = local._namespace.custom, name = "DeadRuns", stat = "SampleCount", dimensions = local._workflow } }
      comparison  = "LessThanThreshold"
      threshold   = 1
      missing     = "breaching"
    }
  }

  _of_the_uploads = var.uploads ? {
    uploads-undelivered = {
      description = "EventBridge gave up starting a run for ${var.alarms.undelivered_uploads} or more uploads. First: see the ERROR_CODE of the dead letters, and redrive them; what is missing there too, a backfill finds."
      metrics     = { failed = { namespace = local._namespace.events, name = "FailedInvocations", stat = "Sum", dimensions = local._uploads } }
      threshold   = var.alarms.undelivered_uploads
    }
  } : {}

  # DynamoDB counts the throttles of an index apart from its table's: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
  _throttles = {
    for name, table in var.tables : name => merge([
      for of, dimensions in merge(
        { "" = { TableName = table.name } },
        { for index in table.indexes : "_${index}" => { TableName = table.name, GlobalSecondaryIndexName = index } },
        ) : {
        "reads${of}"  = { namespace = local._namespace.dynamodb, name = "ReadThrottleEvents", stat = "Sum", dimensions = dimensions }
        "writes${of}" = { namespace = local._namespace.dynamodb, name = "WriteThrottleEvents", stat = "Sum", dimensions = dimensions }
      }
    ]...)
  }

  _of_the_tables = {
    for name, metrics in local._throttles : "table-throttled-${name}" => {
      description = "DynamoDB throttled the table of the ${name}, or an index of it. First: see which of reads and writes; a burst passes, a lasting overload needs a higher limit of the table or the account."
      # An alarm on AWS/DynamoDB keeps its state where data is missing, whatever treat_missing_data says, so zeros are filled in: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
      expression = join(" + ", [for id in keys(metrics) : "FILL(${id}, 0)"])
      metrics    = metrics
      threshold  = var.alarms.table_throttles
    }
  }

  _alarms = {
    for name, alarm in merge(local._of_the_workflow, local._of_the_agents, local._of_the_runtimes, local._of_the_account, local._of_the_documents, local._of_the_uploads, local._of_the_tables) :
    name => merge(local._defaults, alarm)
  }

  # No document is processed: nearly all runs fail, or the circuit of a step of all of them is open.
  _down = concat(["outage"], [for agent in var.agents : "circuit-open-${agent}" if agent != "exception-management"])

  _actions = concat(aws_sns_topic.alarms[*].arn, var.alarm_actions)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local._alarms

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  datapoints_to_alarm = each.value.periods
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = local._actions
  ok_actions          = local._actions
  tags                = var.tags

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = each.value.expression == null

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.stat
        period      = each.value.period
      }
    }
  }

  dynamic "metric_query" {
    for_each = each.value.expression == null ? [] : [each.value.expression]

    content {
      id          = "watched"
      label       = each.key
      expression  = metric_query.value
      return_data = true
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "down" {
  alarm_name        = "${var.prefix}-down"
  alarm_description = "The workflow is down: nearly all runs fail, or the circuit of a step of every document is open. First: see which of the combined alarms is in ALARM, and follow its description."
  alarm_rule        = join(" OR ", [for name in local._down : "ALARM(\"${aws_cloudwatch_metric_alarm.this[name].alarm_name}\")"])
  alarm_actions     = local._actions
  ok_actions        = local._actions
  tags              = var.tags
}
