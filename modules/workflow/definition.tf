# Renders the state machine: the call of an agent is one template, rendered once per agent, and the workflow around them is another.

locals {
  _templates = "${path.module}/../../statemachine"
  _contracts = jsondecode(file("${local._templates}/agents.json"))
  _errors    = jsondecode(file("${local._templates}/errors.json"))
  _retries   = jsondecode(file("${local._templates}/retries.json"))

  _exceptions        = "exception-management"
  _best_effort_retry = jsonencode(local._retries.best_effort)

  # Seconds that the calls of AWS before and after the agents may take in a run.
  _overhead_seconds = 20

  # Express ends a run at 300 s and nothing catches that: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  _express_seconds = 300
  _margin_seconds  = 5

  # The longest wait before a retry: full jitter draws up to interval × rate ^ retries, or up to the cap.
  _longest_wait_seconds = {
    for name, agent in var.agents : name => agent.retry.max_attempts == 0 ? 0 : ceil(min(
      agent.retry.max_delay_seconds,
      agent.retry.interval_seconds * pow(agent.retry.backoff_rate, agent.retry.max_attempts - 1)
    ))
  }

  # What is still to come keeps its time: exception management after any other agent, the last writes after all.
  _seconds_left = {
    for name, _ in var.agents : name => format("(($deadline - $millis()) / 1000 - %d)", local._overhead_seconds / 2 + (
      name == local._exceptions ? 0 : var.agents[local._exceptions].timeout_seconds
    ))
  }

  # Sessions of a document that raises no exception.
  _sessions_per_document = 3

  # A call with less time is not begun.
  _least_seconds = 5

  # Step Functions' own errors by the names of the contract.
  _error_name = "($states.errorOutput.Error = 'States.QueryEvaluationError' ? 'InvalidReply' : ($states.errorOutput.Error = 'States.DataLimitExceeded' ? 'ReplyTooLarge' : ($substring($states.errorOutput.Error, 0, 7) = 'States.' ? 'WorkflowError' : $states.errorOutput.Error)))"

  # Lists of errors.json as JSONata.
  _error_lists = { for name in ["patience", "retried", "agent_failures"] : name => replace(jsonencode(local._errors[name]), "\"", "'") }

  # The longest wait of full jitter before the next attempt, which is the one that must fit: the number of attempts decides.
  _next_wait = {
    for name, agent in var.agents : name => {
      for kind, rule in { patience = agent.patience, retried = agent.retry } :
      kind => "$min([${rule.max_delay_seconds}, ${rule.interval_seconds} * $power(${rule.backoff_rate}, $attempt)])"
    }
  }

  # Stands for the document where documents are counted: in a circuit, and among the places.
  _document_mark = "$substring($hash($document.identity, 'SHA-256'), 0, 16)"

  # How many documents a circuit counts: each has an attribute of its own.
  _failures = "$count($filter($keys(%s), function($name) { $substring($name, 0, 9) = 'document_' }))"

  # Why a run waits for itself: for a place, for Parameter Store, for the ledger.
  _admission = "admission"

  # What a deferred document keeps: all that a later step reads, and the failure that exception management is to report.
  _kept = merge(
    { for field in distinct(flatten([for name, contract in local._contracts : keys(contract.assigns) if name != local._exceptions])) : field => null },
    { reason_codes = [], failure = { event_type = "", error = "", message = "", reason_codes = [] } },
  )

  # What one run needs when each agent is called once and takes all its time.
  single_attempts_seconds = sum([for agent in values(var.agents) : agent.timeout_seconds]) + local._overhead_seconds

  # What a Standard run may take when each agent uses all its attempts.
  _all_attempts_seconds = local._overhead_seconds + sum([
    for name, agent in var.agents : (agent.retry.max_attempts + 1) * (agent.timeout_seconds + local._longest_wait_seconds[name])
  ])

  machine_seconds = var.workflow_type == "EXPRESS" ? local._express_seconds : local._all_attempts_seconds + local._margin_seconds
  run_seconds     = local.machine_seconds - local._margin_seconds

  # The id of a subsegment, known to the run before it writes any: the agent's own segments hang under it.
  _span = "$substring($hash($trace.id & %s, 'SHA-256'), 0, 16)"

  _metrics = {
    for scope, metrics in jsondecode(file("${local._templates}/metrics.json")) : scope => join(", ", [
      for name, metric in metrics : format("%s ? $metric('%s', '%s', %s, { %s }) : []", metric.when, name, metric.unit, metric.value, join(", ", [
        for dimension, value in metric.dimensions : "'${dimension}': ${value}"
      ]))
    ])
  }

  _call_values = {
    for name, agent in var.agents : name => {
      agent         = name
      state         = local._contracts[name].state
      next          = local._contracts[name].next
      event_type    = local._contracts[name].event_type
      parameter     = var.parameter_names[name]
      partition     = var.partition
      circuit_table = var.circuit_table.name
      qualifier     = agent.qualifier
      retry         = agent.retry
      patience      = agent.patience

      # An A2A runtime takes and gives JSON-RPC, and says errors in it: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
      protocol   = agent.protocol
      rpc_errors = replace(jsonencode(local._errors.rpc), "\"", "'")
      not_sick   = replace(jsonencode(setsubtract(local._errors.no_session, local._errors.no_session_but_sick)), "\"", "'")

      timeout_seconds     = agent.timeout_seconds
      failure_threshold   = agent.circuit_breaker.failure_threshold
      open_seconds        = agent.circuit_breaker.open_seconds
      half_open_max_calls = agent.circuit_breaker.half_open_max_calls
      document_mark       = local._document_mark
      failures            = local._failures

      seconds_left  = local._seconds_left[name]
      least_seconds = local._least_seconds

      # Where the number of the attempt is not known, the longest wait has to fit.
      longest_wait_attempt = 99
      tried_again = join(" or ", [
        for kind, condition in { patience = "", retried = "$alone and " } : join(" ", [
          "(${condition}$verdict.error in ${local._error_lists[kind]} and",
          "${local._seconds_left[name]} >= ${local._least_seconds} + ${local._next_wait[name][kind]})",
        ])
      ])
      given_up = "GivenUp"

      tracing    = var.tracing
      span       = format(local._span, "'${name}'")
      step_facts = "'attempts': [$states.context.State.RetryCount, 0][0] + 1, 'started_at': $toMillis($states.context.State.EnteredTime), 'milliseconds': $millis() - $toMillis($states.context.State.EnteredTime)"
      call_facts = "{ 'begun_at': $fromMillis($toMillis($states.context.State.EnteredTime)), 'milliseconds': $millis() - $toMillis($states.context.State.EnteredTime), 'payload_characters': $length($payload) }"

      stop_sessions       = var.stop_sessions
      after_call          = "${local._contracts[name].state}.${var.stop_sessions ? "StopSession" : "Judge"}"
      best_effort_seconds = 5
      best_effort_retry   = local._best_effort_retry
      unreachable         = "$merge([$circuit, { 'state': 'UNREACHABLE' }])"

      errors               = local._errors
      sick_without_session = replace(jsonencode(local._errors.no_session_but_sick), "\"", "'")
      error_name           = local._error_name
      cause                = "($substring($states.errorOutput.Cause, 0, 9) = '{\\\"error\\\":' ? $parse($states.errorOutput.Cause) : { 'error': ${local._error_name}, 'message': $substring($states.errorOutput.Cause, 0, 500) })"

      receives = join(", ", [for field, expression in local._contracts[name].receives : "'${field}': ${expression}"])
      returns  = join(", ", [for field, rule in local._contracts[name].returns : "{ 'field': '${field}', 'valid': ${rule} }"])
      keeps    = join(", ", [for field, expression in local._contracts[name].assigns : "'${field}': ${expression}"])
      assigns  = local._contracts[name].assigns

      # The same exception is raised once for a document, another failure of the same document is another exception.
      idempotency_scope = name == local._exceptions ? "'${name}', $failure.event_type, $failure.error" : "'${name}'"
    }
  }

  _workflow_values = {
    partition                 = var.partition
    machine_seconds           = local.machine_seconds
    run_seconds               = local.run_seconds
    lease_seconds             = local.machine_seconds + 60
    parameters                = var.parameter_names
    accepted_classifications  = var.accepted_classifications
    accepted                  = replace(jsonencode(var.accepted_classifications), "\"", "'")
    exception_classifications = var.exception_classifications
    circuit_table             = var.circuit_table.name
    document_bucket_owner     = var.document_bucket_owner
    ledger_table              = var.ledger.table_name
    document_key              = "{ 'document': { 'S': $document.source_type & '#' & $document.id }, 'version': { 'S': $document.version } }"
    etag                      = "/^[0-9a-f]{32}(-[0-9]{1,5})?(?![\\\\s\\\\S])/"
    exceptions                = local._exceptions
    admission                 = local._admission
    kept                      = local._kept
    progress                  = join(", ", [for name, _ in local._kept : format("'%s': $%s", name, name)])
    deferred                  = replace(jsonencode(concat(local._errors.deferred, local._errors.patience)), "\"", "'")
    agent_failures            = local._error_lists.agent_failures
    max_agent_failures        = var.deferral.agent_failures
    max_milliseconds          = var.deferral.max_hours * 60 * 60 * 1000

    # Places, and the pace at which documents start so that their sessions keep to the quota.
    max_concurrent_documents    = var.max_concurrent_documents
    places_key                  = local._admission
    document_mark               = local._document_mark
    start_interval_milliseconds = ceil(1000 * local._sessions_per_document / var.new_sessions_per_second)
    queue_seconds               = 15
    record_refused              = "DynamoDb.${var.max_concurrent_documents == null ? "ConditionalCheckFailedException" : "TransactionCanceledException"}"
    dead_letter_queue_url       = var.ledger.dead_letter_queue_url
    retention_seconds           = var.ledger.retention_days * 24 * 60 * 60
    pending_seconds             = var.ledger.pending_hours * 60 * 60
    service_seconds             = 5
    service_retry               = jsonencode(local._retries.service)
    best_effort_retry           = local._best_effort_retry
    last_seconds                = "{% $max([1, $min([5, $floor(($deadline - $millis()) / 1000)])]) %}"
    metrics_namespace           = var.metrics_namespace
    metrics                     = local._metrics
    tracing                     = var.tracing
    span                        = format(local._span, "$agent")
  }

  # A JSONata expression of more than a line stands in a file of its own; in a definition it is one line, escaped as JSON.
  _expressions = {
    for scope, values in merge(local._call_values, { workflow = local._workflow_values }) : scope => {
      for file in fileset("${local._templates}/expressions/${scope == "workflow" ? scope : "agent-call"}", "*.jsonata") :
      trimsuffix(file, ".jsonata") => join(" ", compact([
        for line in split("\n", templatefile("${local._templates}/expressions/${scope == "workflow" ? scope : "agent-call"}/${file}", values)) :
        replace(replace(trimspace(line), "\\", "\\\\"), "\"", "\\\"")
      ]))
    }
  }

  _calls = {
    for name, values in local._call_values : name => indent(4, trimspace(templatefile(
      "${local._templates}/agent-call.asl.json.tftpl",
      merge(values, { expressions = local._expressions[name] })
    )))
  }

  definition = templatefile(
    "${local._templates}/workflow.asl.json.tftpl",
    merge(local._workflow_values, { expressions = local._expressions.workflow, calls = local._calls })
  )
}
