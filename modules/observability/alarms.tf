# Every alarm is an entry here: what it watches, when it fires, what missing data means, and what to tell the operator.

locals {
  _namespace = { custom = var.metrics_namespace, states = "AWS/States", sqs = "AWS/SQS", dynamodb = "AWS/DynamoDB" }

  _machine  = { StateMachineArn = var.state_machine.arn }
  _workflow = { StateMachine = var.state_machine.name }
  _queue    = { QueueName = var.dead_letter_queue_name }

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

  # AWS/States tells no zeros for what did not happen.
  _failed_percent = {
    expression = "100 * (FILL(failed, 0) + FILL(timed_out, 0)) / (FILL(succeeded, 0) + FILL(failed, 0) + FILL(timed_out, 0))"
    metrics = {
      succeeded = { namespace = local._namespace.states, name = "ExecutionsSucceeded", stat = "Sum", dimensions = local._machine }
      failed    = { namespace = local._namespace.states, name = "ExecutionsFailed", stat = "Sum", dimensions = local._machine }
      timed_out = { namespace = local._namespace.states, name = "ExecutionsTimedOut", stat = "Sum", dimensions = local._machine }
    }
  }

  # Without runs there is nothing to complain about: missing data is good, where an alarm does not say otherwise.
  _defaults = {
    expression = null
    comparison = "GreaterThanOrEqualToThreshold"
    missing    = "notBreaching"
    period     = 300
    periods    = 1 # so many in a row
  }

  # A rate of few runs says little: these count long enough that documents which come now and then are seen together.
  _rate = { period = 900 }

  _of_the_workflow = {
    executions-failing = merge(local._failed_percent, local._rate, {
      description = "${var.alarms.failed_percent} % or more of the runs of 15 minutes failed or timed out. First: in the dashboard, see which step fails and with which error; a document of a failed run is in the exceptions or in the dead letters."
      threshold   = var.alarms.failed_percent
    })
    outage = merge(local._failed_percent, local._rate, {
      description = "${var.alarms.outage_percent} % or more of the runs failed or timed out, for twice 15 minutes: next to nothing gets through. First: look for an open circuit; without one, the error of the last runs tells what all of them lack."
      threshold   = var.alarms.outage_percent
      periods     = 2
    })
    executions-throttled = {
      description = local._throttled.description
      metrics     = { throttled = local._throttled.metric }
      threshold   = var.alarms.throttled_executions
    }
    executions-slow = {
      description = "A run took ${var.alarms.duration_percent} % or more of the ${var.state_machine.seconds} s that it may. First: see whose duration grew; a run that meets the limit is ended without a word, and its document comes to the dead letters."
      metrics     = { slowest = { namespace = local._namespace.states, name = "ExecutionTime", stat = "Maximum", dimensions = local._machine } }
      threshold   = var.state_machine.seconds * 10 * var.alarms.duration_percent
    }
    sessions-near-quota = {
      description = "The runs begin ${var.alarms.sessions_per_second} or more AgentCore sessions a second; AWS allows an account 25, unless it was asked for more. First: find out whether callers start too many runs, or agents are called again and again."
      metrics     = { sessions = { namespace = local._namespace.custom, name = "SessionsStarted", stat = "Sum", dimensions = local._workflow } }
      period      = 60
      threshold   = var.alarms.sessions_per_second * 60
    }
  }

  _of_the_agents = merge([
    for agent in var.agents : {
      "step-failing-${agent}" = merge(local._rate, {
        description = "${var.alarms.step_failed_percent} % or more of the steps of ${agent} in 15 minutes failed, retries included. First: see its errors in the dashboard; a run's trace names the runtime that answered."
        metrics     = { failed = { namespace = local._namespace.custom, name = "StepsFailed", stat = "Average", dimensions = merge(local._workflow, { Agent = agent }) } }
        threshold   = var.alarms.step_failed_percent / 100
      })
      # An open circuit with no runs stays open: what is not told again still holds.
      "circuit-open-${agent}" = {
        description = "The circuit of ${agent} is open: it failed again and again, and is left alone. First: ask the agent's team; it closes by itself with the next call that works."
        metrics     = { open = { namespace = local._namespace.custom, name = "CircuitOpen", stat = "Maximum", dimensions = merge(local._workflow, { Agent = agent }) } }
        period      = 60
        threshold   = 1
        missing     = "ignore"
      }
    }
  ]...)

  _of_the_documents = {
    dead-letters = {
      description = "${var.alarms.dead_letters} or more documents are in the dead letters. First: read why in the messages; when the cause is gone, send them through again."
      metrics     = { waiting = { namespace = local._namespace.sqs, name = "ApproximateNumberOfMessagesVisible", stat = "Maximum", dimensions = local._queue } }
      threshold   = var.alarms.dead_letters
    }
    # ApproximateAgeOfOldestMessage leaves out what was received three times, so looking at a letter would hide it:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    dead-letters-old = {
      description = "There were dead letters on each of the last ${var.alarms.dead_letter_age_days} days; the oldest may be that old, and SQS drops it after 14. First: send it through again, or save the message."
      metrics     = { waiting = { namespace = local._namespace.sqs, name = "ApproximateNumberOfMessagesVisible", stat = "Maximum", dimensions = local._queue } }
      threshold   = 1
      period      = 24 * 60 * 60
      periods     = var.alarms.dead_letter_age_days
    }
    # The sweep tells both each minute, and has an alarm of its own: its silence says nothing about documents.
    documents-overdue = {
      description = "${var.alarms.overdue_documents} or more documents have waited too long for their other side. First: list the PENDING ones in the ledger, and ask the other side."
      metrics     = { overdue = { namespace = local._namespace.custom, name = "OverdueDocuments", stat = "Maximum", dimensions = local._workflow } }
      threshold   = var.alarms.overdue_documents
      missing     = "ignore"
    }
    dead-runs = {
      description = "${var.alarms.dead_runs} or more runs ended without a word, their documents were dead-lettered. First: see whether the runs timed out, and send the documents through again."
      metrics     = { found = { namespace = local._namespace.custom, name = "DeadRuns", stat = "Sum", dimensions = local._workflow } }
      threshold   = var.alarms.dead_runs
      missing     = "ignore"
    }
    sweep-silent = {
      description = "The sweep of dead runs has told nothing for 5 minutes or more: a document whose run died would stay unnoticed. First: look at the last executions of ${var.state_machine.name}-sweep, and whether its schedule is enabled."
      metrics     = { told = { namespace = local._namespace.custom, name = "DeadRuns", stat = "SampleCount", dimensions = local._workflow } }
      comparison  = "LessThanThreshold"
      threshold   = 1
      missing     = "breaching"
    }
  }

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
      description = "DynamoDB throttled the table of the ${name}, or an index of it. First: see which of reads and writes; a burst passes, a lasting one needs the table's or the account's limit raised."
      # An alarm on AWS/DynamoDB keeps its state where data is missing, whatever it says, so the zeros are filled in: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
      expression = join(" + ", [for id in keys(metrics) : "FILL(${id}, 0)"])
      metrics    = metrics
      threshold  = var.alarms.table_throttles
    }
  }

  _alarms = {
    for name, alarm in merge(local._of_the_workflow, local._of_the_agents, local._of_the_documents, local._of_the_tables) :
    name => merge(local._defaults, alarm)
  }

  # No document gets through: nearly all runs fail, or a step that all of them take is left alone.
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
  alarm_description = "The workflow is down: nearly all runs fail, or the circuit of a step that every document takes is open. First: see which of the alarms that it is made of fires, and do what that one says."
  alarm_rule        = join(" OR ", [for name in local._down : "ALARM(\"${aws_cloudwatch_metric_alarm.this[name].alarm_name}\")"])
  alarm_actions     = local._actions
  ok_actions        = local._actions
  tags              = var.tags
}
