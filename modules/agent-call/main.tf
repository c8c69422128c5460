# The call of an agent, a block for a state machine of any shape: one template, rendered once per agent.

locals {
  _templates = "${path.module}/../../statemachine"
  _errors    = jsondecode(file("${local._templates}/errors.json"))
  _retries   = jsondecode(file("${local._templates}/retries.json"))

  # A call with less time is not begun.
  _least_seconds = 5

  # Longer than any connection that fails by itself: a call that breaks off later was cut, and its agent is at work.
  _cut_seconds = 20

  # Work that an agent lost is begun anew once.
  _lost = { max_attempts = 1, interval_seconds = 1, backoff_rate = 1, max_delay_seconds = 2 }

  # The number of an attempt where it is not known.
  _any_attempt = 99

  # Kinds of retry, each of which counts its own attempts.
  _rules = { for name, agent in var.agents : name => { patience = agent.patience, lost = local._lost, retried = agent.retry } }

  # The longest wait of full jitter before the next attempt, which is the one that must fit: the number of attempts decides.
  _next_wait = {
    for name, rules in local._rules : name => {
      for kind, rule in rules : kind => "$min([${rule.max_delay_seconds}, ${rule.interval_seconds} * $power(${rule.backoff_rate}, $attempt)])"
    }
  }

  # An attempt that took all its time is not repeated, and those that are repeated fail early: an hour is enough for them.
  _repeated_seconds = 3600

  # What all attempts take, with all waits: full jitter draws each wait up to interval × rate ^ retries, or up to the cap.
  _longest_seconds = {
    for name, rules in local._rules : name => sum(concat(
      [
        var.agents[name].timeout_seconds,
        min(local._repeated_seconds, var.agents[name].timeout_seconds * sum(values(rules)[*].max_attempts)),
      ],
      [
        for rule in values(rules) : rule.max_attempts == 0 ? 0 : rule.max_attempts * ceil(min(
          rule.max_delay_seconds,
          rule.interval_seconds * pow(rule.backoff_rate, rule.max_attempts - 1)
        ))
      ]
    ))
  }

  # How long one call may last: one that waits for a callback lasts as long as the work.
  _call_seconds = {
    for name, agent in var.agents : name => agent.completion == "callback" ? agent.timeout_seconds : coalesce(agent.call_seconds, min(agent.timeout_seconds, 900))
  }

  # What is still to come keeps its time.
  _seconds_left = { for name, agent in var.agents : name => "((${var.deadline} - $millis()) / 1000 - ${agent.reserved_seconds})" }

  # Lists of errors.json as JSONata.
  _error_lists = { for name in ["patience", "throttled", "retried", "lost", "no_session"] : name => replace(jsonencode(local._errors[name]), "\"", "'") }

  # The token is in the payload alone, not in a variable.
  _with_token = "$string($merge([$parse($payload), { 'task_token': $states.context.Task.Token }]))"

  # What does not end the work of an agent that is polled.
  _error_list_at_work = replace(jsonencode(concat(local._errors.patience, local._errors.asked_again)), "\"", "'")

  # Step Functions' own errors by the names of the contract.
  _error_name = "($states.errorOutput.Error = 'States.QueryEvaluationError' ? 'InvalidReply' : ($states.errorOutput.Error = 'States.DataLimitExceeded' ? 'ReplyTooLarge' : ($substring($states.errorOutput.Error, 0, 7) = 'States.' ? 'WorkflowError' : $states.errorOutput.Error)))"

  # When the work of an attempt began, before and after the first response.
  _begun_at = "($call.begun_at = '' ? $states.context.State.EnteredTime : $call.begun_at)"

  _elapsed = "(($millis() - $toMillis(${local._begun_at})) / 1000)"

  # What a circuit counts: each has an attribute of its own.
  _identity_mark = "$substring($hash(${var.identity}, 'SHA-256'), 0, 16)"
  _failures      = "$count($filter($keys(%s), function($name) { $substring($name, 0, 9) = 'document_' }))"

  # Whether AWS throttled the call for something else within so many seconds, by an agent's item of the circuits' table.
  _throttled_seconds = 2
  _throttled         = "($exists(%s.throttled_at) and %[1]s.throttled_document.S != ${local._identity_mark} and %[1]s.throttled_at.S > $fromMillis($millis() - ${local._throttled_seconds * 1000}))"

  # The id of a subsegment, known to the run before it writes any: the agent's own segments hang under it.
  _span = "$substring($hash(${coalesce(var.trace_id, "''")} & %s, 'SHA-256'), 0, 16)"

  _values = {
    for name, agent in var.agents : name => {
      agent         = name
      state         = coalesce(agent.state, name)
      next          = agent.next
      on_failure    = agent.on_failure
      event         = agent.event_type == null ? "" : "'event_type': '${agent.event_type}', "
      looked_up     = var.registry != null
      runtime       = var.registry == null ? "'${agent.runtime_arn}'" : "$lookup(${var.registry.runtime_arns}, '${name}')"
      parameter     = try(var.registry.parameter_names[name], "")
      partition     = data.aws_partition.current.partition
      circuit_table = var.circuit_table.name
      qualifier     = agent.qualifier
      retry         = agent.retry
      patience      = agent.patience
      lost          = local._lost

      # An A2A runtime speaks JSON-RPC, in its errors too: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
      protocol   = agent.protocol
      rpc_errors = replace(jsonencode(local._errors.rpc), "\"", "'")
      not_sick   = replace(jsonencode(setsubtract(local._errors.no_session, local._errors.no_session_but_sick)), "\"", "'")

      # The reply is in the response, or somebody sends it back: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
      completion        = agent.completion
      heartbeat_seconds = agent.heartbeat_seconds
      response          = agent.completion == "callback" ? "$string($states.result)" : "$states.result.Response"

      timeout_seconds     = agent.timeout_seconds
      call_seconds        = local._call_seconds[name]
      longest_call        = "$max([1, $min([${local._call_seconds[name]}, $floor(${local._seconds_left[name]}), $max([${local._least_seconds}, ${agent.timeout_seconds} - $floor(${local._elapsed})])])])"
      cut_seconds         = local._cut_seconds
      failure_threshold   = agent.circuit_breaker.failure_threshold
      open_seconds        = agent.circuit_breaker.open_seconds
      half_open_max_calls = agent.circuit_breaker.half_open_max_calls
      identity            = var.identity
      identity_mark       = local._identity_mark
      correlation_id      = var.correlation_id
      failures            = local._failures
      may_wait            = var.may_wait
      throttled           = local._throttled
      throttled_seconds   = local._throttled_seconds
      throttled_errors    = local._error_lists.throttled

      seconds_left  = local._seconds_left[name]
      least_seconds = local._least_seconds

      # Where the number of the attempt is not known, the longest wait has to fit.
      longest_wait_attempt = local._any_attempt
      tried_again = join(" or ", [
        for kind, condition in { patience = "$alone and ", lost = "", retried = "$alone and $not($verdict.lasting = true) and " } : join(" ", [
          "(${condition}$verdict.error in ${local._error_lists[kind]} and",
          "${local._seconds_left[name]} >= ${local._least_seconds} + ${local._next_wait[name][kind]})",
        ])
      ])
      given_up = "GivenUp"

      # What an agent has in progress, as a later run goes on with it.
      resumable = var.resumable
      work      = "{ 'agent': '${name}', 'runtime': $runtime, 'session': $session, 'task': $task, 'begun_at': $call.begun_at }"
      no_work   = "{ 'agent': '' }"
      resumes   = "($work.agent = '${name}' and $states.input.attempt in [0, ${local._any_attempt}])"
      task      = "[$verdict.task, $task][0]"
      elapsed   = local._elapsed

      still_at_work   = "($verdict.error = 'InProgress' or ($at_work and $verdict.error in ${local._error_list_at_work}))"
      patience_errors = local._error_lists.patience
      no_session      = local._error_lists.no_session

      tracing    = var.trace_id != null
      trace_id   = var.trace_id
      span       = format(local._span, "'${name}'")
      resumed    = var.resumable ? ", 'resumed': $work.agent = '${name}' ? true" : ""
      step_facts = "'attempts': [$states.context.State.RetryCount, 0][0] + 1, 'started_at': $toMillis($states.context.State.EnteredTime), 'milliseconds': $millis() - $toMillis($states.context.State.EnteredTime)"
      call_facts = "{ 'begun_at': $fromMillis($toMillis(${local._begun_at})), 'milliseconds': $millis() - $toMillis(${local._begun_at}), 'payload_characters': $length($payload) }"

      stop_sessions       = var.stop_sessions
      after_call          = "${coalesce(agent.state, name)}.${var.stop_sessions ? "StopSession" : "Judge"}"
      best_effort_seconds = 5
      best_effort_retry   = jsonencode(local._retries.best_effort)
      unreachable         = "$merge([$circuit, { 'state': 'UNREACHABLE' }])"

      errors     = local._errors
      error_name = local._error_name
      cause      = "($substring($states.errorOutput.Cause, 0, 9) = '{\\\"error\\\":' ? $parse($states.errorOutput.Cause) : { 'error': ${local._error_name}, 'message': $substring($states.errorOutput.Cause, 0, 500) })"

      receives    = [for field, expression in agent.receives : "'${field}': ${expression}"]
      returns     = [for field, rule in agent.returns : "{ 'field': '${field}', 'valid': ${rule} }"]
      keeps       = join(", ", [for field, expression in agent.assigns : "'${field}': ${expression}"])
      assigns     = keys(agent.assigns)
      idempotency = coalesce(agent.idempotency, ["'${name}'"])
    }
  }

  # How the reply is found in the response, which the verdict begins with.
  _replies = {
    for name, values in local._values : name => join("", [
      for part in ["unwrap", values.completion == "callback" ? "callback" : lower(values.protocol), "shape"] :
      templatefile("${local._templates}/expressions/agent-call/reply/${part}.jsonata", values)
    ])
  }

  _blocks = {
    for name, values in local._values : name => trimspace(templatefile(
      "${local._templates}/agent-call.asl.json.tftpl",
      merge(values, {
        expressions = module.expressions[name].lines
        sent        = values.completion == "callback" ? local._with_token : (values.protocol == "A2A" ? module.expressions[name].lines.message : "$payload")
      })
    ))
  }
}

module "expressions" {
  source   = "../jsonata"
  for_each = local._values

  expressions = {
    for file in fileset("${local._templates}/expressions/agent-call", "*.jsonata") : trimsuffix(file, ".jsonata") =>
    templatefile("${local._templates}/expressions/agent-call/${file}", merge(each.value, { reply = local._replies[each.key] }))
  }
}
