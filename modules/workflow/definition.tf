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

  # The longest that all retries of one kind wait: full jitter draws each wait up to interval × rate ^ retries, or up to the cap.
  _longest_waits_seconds = {
    for name, agent in var.agents : name => sum([
      for rule in [agent.retry, agent.patience, local._lost] : rule.max_attempts == 0 ? 0 : rule.max_attempts * ceil(min(
        rule.max_delay_seconds,
        rule.interval_seconds * pow(rule.backoff_rate, rule.max_attempts - 1)
      ))
    ])
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

  # Longer than any connection that fails by itself: a call that breaks off later was cut, and its agent is at work.
  _cut_seconds = 20

  # Step Functions' own errors by the names of the contract.
  _error_name = "($states.errorOutput.Error = 'States.QueryEvaluationError' ? 'InvalidReply' : ($states.errorOutput.Error = 'States.DataLimitExceeded' ? 'ReplyTooLarge' : ($substring($states.errorOutput.Error, 0, 7) = 'States.' ? 'WorkflowError' : $states.errorOutput.Error)))"

  # Lists of errors.json as JSONata.
  _error_lists = { for name in ["patience", "throttled", "retried", "lost", "asked_again", "agent_failures", "no_session"] : name => replace(jsonencode(local._errors[name]), "\"", "'") }

  # What does not end the work of an agent that is asked for it.
  _error_list_at_work = replace(jsonencode(concat(local._errors.patience, local._errors.asked_again)), "\"", "'")

  # The longest wait of full jitter before the next attempt, which is the one that must fit: the number of attempts decides.
  _next_wait = {
    for name, agent in var.agents : name => {
      for kind, rule in { patience = agent.patience, lost = local._lost, retried = agent.retry } :
      kind => "$min([${rule.max_delay_seconds}, ${rule.interval_seconds} * $power(${rule.backoff_rate}, $attempt)])"
    }
  }

  # Work that an agent lost is begun anew once.
  _lost = { max_attempts = 1, interval_seconds = 1, backoff_rate = 1, max_delay_seconds = 2 }

  # The number of an attempt where it is not known.
  _any_attempt = 99

  # When the work of an attempt began, before and after the first response.
  _begun_at = "($call.begun_at = '' ? $states.context.State.EnteredTime : $call.begun_at)"

  # Stands for the document where documents are counted: in a circuit, and among the places.
  _document_mark = "$substring($hash($document.identity, 'SHA-256'), 0, 16)"

  # Whether AWS throttled another document's call within so many seconds, by an agent's item of the circuits' table.
  _throttled_seconds = 2
  _throttled         = "($exists(%s.throttled_at) and %[1]s.throttled_document.S != ${local._document_mark} and %[1]s.throttled_at.S > $fromMillis($millis() - ${local._throttled_seconds * 1000}))"

  # How long a document may be deferred, and whether this one may be.
  _max_milliseconds = var.deferral.max_hours * 60 * 60 * 1000
  _may_wait         = "($claimed and $document.wait and ($progress.since = '' ? ${local._max_milliseconds > 0} : $millis() - $toMillis($progress.since) < ${local._max_milliseconds}))"

  # How many documents a circuit counts: each has an attribute of its own.
  _failures = "$count($filter($keys(%s), function($name) { $substring($name, 0, 9) = 'document_' }))"

  # A version that is the content's digest, as a bucket without versions has it.
  _etag = "/^[0-9a-f]{32}(-[0-9]{1,5})?(?![\\\\s\\\\S])/"

  # Why a run waits for itself: for a place, for Parameter Store, for the ledger.
  _admission = "admission"

  # What a deferred document keeps: all that a later step reads, and the failure that exception management is to report.
  _kept = merge(
    { for field in distinct(flatten([for name, contract in local._contracts : keys(contract.assigns) if name != local._exceptions])) : field => null },
    { work = { agent = "" }, reason_codes = [], failure = { event_type = "", error = "", message = "", reason_codes = [] } },
  )

  # What one run needs when each agent is called once and takes all its time.
  single_attempts_seconds = sum([for agent in values(var.agents) : agent.timeout_seconds]) + local._overhead_seconds

  # What a Standard run may take when each agent uses all its attempts: each kind of retry counts its own.
  _all_attempts_seconds = local._overhead_seconds + sum([
    for name, agent in var.agents :
    (1 + agent.retry.max_attempts + agent.patience.max_attempts + local._lost.max_attempts) * agent.timeout_seconds + local._longest_waits_seconds[name]
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
      lost          = local._lost

      # An A2A runtime takes and gives JSON-RPC, and says errors in it: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-a2a-protocol-contract.html
      protocol   = agent.protocol
      rpc_errors = replace(jsonencode(local._errors.rpc), "\"", "'")
      not_sick   = replace(jsonencode(setsubtract(local._errors.no_session, local._errors.no_session_but_sick)), "\"", "'")

      timeout_seconds     = agent.timeout_seconds
      call_seconds        = agent.call_seconds
      cut_seconds         = local._cut_seconds
      failure_threshold   = agent.circuit_breaker.failure_threshold
      open_seconds        = agent.circuit_breaker.open_seconds
      half_open_max_calls = agent.circuit_breaker.half_open_max_calls
      document_mark       = local._document_mark
      failures            = local._failures
      throttled           = local._throttled
      throttled_seconds   = local._throttled_seconds
      throttled_errors    = local._error_lists.throttled
      may_wait            = local._may_wait

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

      # What an agent has in progress, as a deferred document keeps it.
      work    = "{ 'agent': '${name}', 'runtime': $runtime, 'session': $session, 'task': $task, 'begun_at': $call.begun_at }"
      no_work = "{ 'agent': '' }"
      resumes = "($work.agent = '${name}' and $states.input.attempt in [0, ${local._any_attempt}])"
      task    = "[$verdict.task, $task][0]"
      elapsed = "(($millis() - $toMillis(${local._begun_at})) / 1000)"

      still_at_work   = "($verdict.error = 'InProgress' or ($at_work and $verdict.error in ${local._error_list_at_work}))"
      patience_errors = local._error_lists.patience
      no_session      = local._error_lists.no_session

      tracing    = var.tracing
      span       = format(local._span, "'${name}'")
      step_facts = "'attempts': [$states.context.State.RetryCount, 0][0] + 1, 'started_at': $toMillis($states.context.State.EnteredTime), 'milliseconds': $millis() - $toMillis($states.context.State.EnteredTime)"
      call_facts = "{ 'begun_at': $fromMillis($toMillis(${local._begun_at})), 'milliseconds': $millis() - $toMillis(${local._begun_at}), 'payload_characters': $length($payload) }"

      stop_sessions       = var.stop_sessions
      after_call          = "${local._contracts[name].state}.${var.stop_sessions ? "StopSession" : "Judge"}"
      best_effort_seconds = 5
      best_effort_retry   = local._best_effort_retry
      unreachable         = "$merge([$circuit, { 'state': 'UNREACHABLE' }])"

      errors     = local._errors
      error_name = local._error_name
      cause      = "($substring($states.errorOutput.Cause, 0, 9) = '{\\\"error\\\":' ? $parse($states.errorOutput.Cause) : { 'error': ${local._error_name}, 'message': $substring($states.errorOutput.Cause, 0, 500) })"

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
    etag                      = local._etag
    changed                   = "($contains($document.requested_version, ${local._etag}) and $document.requested_version != $replace($states.result.ETag, '\\\"', ''))"
    identified                = "$merge([$document, { 'version': $version, 'identity': $document.source_type & '#' & $document.id & '#' & $version }])"
    exceptions                = local._exceptions
    stop_sessions             = var.stop_sessions
    qualifiers                = join(", ", [for name, agent in var.agents : "'${name}': '${agent.qualifier}'"])
    best_effort_seconds       = 5
    admission                 = local._admission
    kept                      = local._kept
    progress                  = join(", ", [for name, _ in local._kept : format("'%s': $%s", name, name)])
    deferred                  = replace(jsonencode(concat(local._errors.deferred, local._errors.patience)), "\"", "'")
    agent_failures            = local._error_lists.agent_failures
    max_agent_failures        = var.deferral.agent_failures
    max_milliseconds          = local._max_milliseconds

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

  # How the reply is found in the response, which the verdict begins with.
  _replies = {
    for name, values in local._call_values : name => join("", [
      for part in ["unwrap", lower(values.protocol), "shape"] :
      templatefile("${local._templates}/expressions/agent-call/reply/${part}.jsonata", values)
    ])
  }

  # A JSONata expression of more than a line stands in a file of its own; in a definition it is one line, escaped as JSON.
  _expressions = {
    for scope, values in merge(
      { for name, values in local._call_values : name => merge(values, { reply = local._replies[name] }) },
      { workflow = local._workflow_values }
      ) : scope => {
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
