# The operator's first page: whether documents are processed, where they stop, and what waits for somebody.

locals {
  _steps = [for agent in var.agents : agent if agent != "exception-management"]

  # The dimensions of this workflow, which end a row that begins with namespace and metric.
  _this         = ["StateMachine", var.state_machine.name]
  _this_machine = ["StateMachineArn", var.state_machine.arn]
  _this_queue   = ["QueueName", var.dead_letter_queue_name]

  _deliveries = { TriggeredRules = "uploaded", RetryInvocationAttempts = "retried", FailedInvocations = "failed", InvocationsFailedToBeSentToDlq = "not even dead-lettered" }

  _runtime_rows = flatten([
    for agent, runtimes in local._runtimes : [
      for id, dimensions in runtimes :
      { label = id == "runtime_0" ? agent : "${agent} standby ${trimprefix(id, "runtime_")}", dimensions = flatten([for key, value in dimensions : [key, value]]) }
    ]
  ])

  # Each graph and its metrics, with the options of each line. Two graphs per row.
  _graphs = concat([
    {
      title   = "Outcomes"
      stacked = true
      rows    = [for outcome in var.outcomes : concat([local._namespace.custom, "Runs", "Outcome", outcome], local._this, [{ label = outcome }])]
    },
    {
      title = "How far documents come"
      view  = "bar"
      rows = concat(
        [concat([local._namespace.states, "ExecutionsStarted"], local._this_machine, [{ label = "started" }])],
        [for agent in local._steps : concat([local._namespace.custom, "StepsFailed", "Agent", agent], local._this, [{ label = "reached ${agent}", stat = "SampleCount" }])],
        [concat([local._namespace.states, "ExecutionsSucceeded"], local._this_machine, [{ label = "succeeded" }])],
      )
    },
    {
      title = "Failed steps"
      rows  = [for agent in var.agents : concat([local._namespace.custom, "StepsFailed", "Agent", agent], local._this, [{ label = agent }])]
    },
    {
      title = "Errors of steps"
      rows  = [[{ expression = "SEARCH('{${local._namespace.custom},Agent,Error,StateMachine} MetricName=\"StepErrors\" StateMachine=\"${var.state_machine.name}\"', 'Sum')" }]]
    },
    {
      title = "How long the agents take (ms)"
      rows = [
        for line in setproduct(var.agents, ["p50", "p95"]) :
        concat([local._namespace.custom, "AgentDuration", "Agent", line[0]], local._this, [{ label = join(" ", line), stat = line[1] }])
      ]
    },
    {
      title = "How long runs take (ms)"
      rows  = [for stat in ["p50", "p95", "Maximum"] : concat([local._namespace.states, "ExecutionTime"], local._this_machine, [{ label = stat, stat = stat }])]
    },
    {
      title = "Open circuits"
      rows  = [for agent in var.agents : concat([local._namespace.custom, "CircuitOpen", "Agent", agent], local._this, [{ label = agent, stat = "Maximum" }])]
    },
    {
      title = "Calls that circuits refused"
      rows  = [for agent in var.agents : concat([local._namespace.custom, "CircuitTransitions", "Agent", agent, "Transition", "REFUSED"], local._this, [{ label = agent }])]
    },
    {
      title = "Retries"
      rows  = [for agent in var.agents : concat([local._namespace.custom, "Retries", "Agent", agent], local._this, [{ label = agent }])]
    },
    {
      title   = "Classifications"
      stacked = true
      rows    = [for value in var.classifications : concat([local._namespace.custom, "Classifications", "Classification", value], local._this, [{ label = value }])]
    },
    {
      title = "Dead letters"
      rows = [
        concat([local._namespace.sqs, "ApproximateNumberOfMessagesVisible"], local._this_queue, [{ label = "waiting", stat = "Maximum" }]),
        concat([local._namespace.sqs, "ApproximateAgeOfOldestMessage"], local._this_queue, [{ label = "age of the oldest (s)", stat = "Maximum", yAxis = "right" }]),
      ]
    },
    {
      title = "Documents that wait, and dead runs"
      rows = [
        concat([local._namespace.custom, "DeferredDocuments"], local._this, [{ label = "deferred", stat = "Maximum" }]),
        concat([local._namespace.custom, "ResumedDocuments"], local._this, [{ label = "resumed" }]),
        concat([local._namespace.custom, "OldestDeferred"], local._this, [{ label = "age of the oldest deferred (s)", stat = "Maximum", yAxis = "right" }]),
        concat([local._namespace.custom, "OverdueDocuments"], local._this, [{ label = "overdue", stat = "Maximum" }]),
        concat([local._namespace.custom, "DeadRuns"], local._this, [{ label = "dead runs" }]),
      ]
    },
    {
      title = "Runs that did not succeed"
      rows = concat(
        [for name in ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"] : concat([local._namespace.states, name], local._this_machine, [{ label = name }])],
        [concat([local._namespace.states, local._throttled.metric.name], flatten([for key, value in local._throttled.metric.dimensions : [key, value]]), [{ label = local._throttled.metric.name }])],
      )
    },
    {
      title = "Calls that AgentCore refused or failed"
      rows = [
        for line in setproduct(["Throttles", "SystemErrors", "UserErrors"], local._runtime_rows) :
        concat([local._namespace.agentcore, line[0]], line[1].dimensions, [{ label = "${line[1].label} ${line[0]}" }])
      ]
    },
    {
      title = "How long calls take, as AgentCore measures them (ms)"
      rows  = [for row in local._runtime_rows : concat([local._namespace.agentcore, "Latency"], row.dimensions, [{ label = row.label, stat = "p95" }])]
    },
    {
      title = "Active sessions of the account"
      rows  = [concat([local._sessions.namespace, local._sessions.name], flatten([for key, value in local._sessions.dimensions : [key, value]]), [{ label = "active", stat = local._sessions.stat }])]
    },
    {
      title = "Quotas"
      rows = concat(
        [concat([local._namespace.custom, "SessionsStarted"], local._this, [{ label = "AgentCore sessions" }])],
        flatten([
          for name, metrics in local._throttles : [
            for id, metric in metrics :
            { row = concat([metric.namespace, metric.name], flatten([for key, value in metric.dimensions : [key, value]]), [{ label = "${name} ${id} throttled" }]) }
          ]
        ])[*].row,
      )
    },
    ], [
    for title in ["Uploads"] : {
      title = title
      rows  = [for name, label in local._deliveries : concat([local._namespace.events, name, "RuleName", local._uploads.RuleName], [{ label = label }])]
    } if var.uploads
  ])
}

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "${var.prefix}-${local._region}"
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type   = "alarm"
        x      = 0
        y      = 0
        width  = 24
        height = 4
        properties = {
          title  = "Alarms"
          alarms = concat([aws_cloudwatch_composite_alarm.down.arn], values(aws_cloudwatch_metric_alarm.this)[*].arn)
        }
      }],
      [for place, graph in local._graphs : {
        type   = "metric"
        x      = place % 2 * 12
        y      = 4 + floor(place / 2) * 6
        width  = 12
        height = 6
        properties = {
          title                = graph.title
          region               = local._region
          view                 = try(graph.view, "timeSeries")
          stacked              = try(graph.stacked, false)
          setPeriodToTimeRange = can(graph.view)
          stat                 = "Sum"
          period               = 300
          metrics              = graph.rows
        }
      }]
    )
  })
}
