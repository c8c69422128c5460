# Renders the state machine around the blocks that call agents.

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

  # Agents whose reply is sent back.
  _called_back = [for name, agent in var.agents : name if agent.completion == "callback"]

  # Sessions of a document that raises no exception.
  _sessions_per_document = 3

  # How long a document may be deferred.
  _max_milliseconds = var.deferral.max_hours * 60 * 60 * 1000

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

  # What a Standard run may take when each agent uses all its attempts.
  _all_attempts_seconds = local._overhead_seconds + sum(values(module.agent_call.seconds))

  machine_seconds = var.workflow_type == "EXPRESS" ? local._express_seconds : local._all_attempts_seconds + local._margin_seconds
  run_seconds     = local.machine_seconds - local._margin_seconds

  _metrics = {
    for scope, metrics in jsondecode(file("${local._templates}/metrics.json")) : scope => join(", ", [
      for name, metric in metrics : format("%s ? $metric('%s', '%s', %s, { %s }) : []", metric.when, name, metric.unit, metric.value, join(", ", [
        for dimension, value in metric.dimensions : "'${dimension}': ${value}"
      ]))
    ])
  }

  _values = {
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
    identified                = "$merge([$document, { 'version': $version, 'identity': $document.source_type & '#' & $document.id & '#' & $version }])"
    exceptions                = local._exceptions
    stop_sessions             = var.stop_sessions
    qualifiers                = join(", ", [for name, agent in var.agents : "'${name}': '${agent.qualifier}'"])
    best_effort_seconds       = 5
    admission                 = local._admission
    kept                      = local._kept
    progress                  = join(", ", [for name, _ in local._kept : format("'%s': $%s", name, name)])
    deferred                  = replace(jsonencode(concat(local._errors.deferred, local._errors.patience)), "\"", "'")
    agent_failures            = replace(jsonencode(local._errors.agent_failures), "\"", "'")
    max_agent_failures        = var.deferral.agent_failures
    max_milliseconds          = local._max_milliseconds

    # Places, and the pace at which documents start so that their sessions keep to the quota.
    max_concurrent_documents    = var.max_concurrent_documents
    places_key                  = local._admission
    document_mark               = module.agent_call.identity_mark
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
    span                        = module.agent_call.span
  }

  definition = templatefile("${local._templates}/workflow.asl.json.tftpl", merge(local._values, {
    expressions = module.expressions.lines
    calls       = { for name, block in module.agent_call.blocks : name => indent(4, block) }
  }))
}

module "expressions" {
  source = "../jsonata"

  expressions = {
    for file in fileset("${local._templates}/expressions/workflow", "*.jsonata") :
    trimsuffix(file, ".jsonata") => templatefile("${local._templates}/expressions/workflow/${file}", local._values)
  }
}

module "agent_call" {
  source = "../agent-call"

  agents = {
    for name, agent in var.agents : name => merge(agent, local._contracts[name], {
      on_failure = "WeighFailure"

      # What is still to come keeps its time: exception management after any other agent, the last writes after all.
      reserved_seconds = local._overhead_seconds / 2 + (name == local._exceptions ? 0 : var.agents[local._exceptions].timeout_seconds)

      # The same exception is raised once for a document, another failure of the same document is another exception.
      idempotency = concat(["$string($generation)", "'${name}'"], name == local._exceptions ? ["$failure.event_type", "$failure.error"] : [])
    })
  }

  circuit_table  = var.circuit_table
  identity       = "$document.identity"
  correlation_id = "$document.correlation_id"
  deadline       = "$deadline"
  registry       = { runtime_arns = "$runtime_arns", parameter_names = var.parameter_names }
  may_wait       = "($claimed and $document.wait and ($progress.since = '' ? ${local._max_milliseconds > 0} : $millis() - $toMillis($progress.since) < ${local._max_milliseconds}))"
  resumable      = true
  stop_sessions  = var.stop_sessions
  trace_id       = var.tracing ? "$trace.id" : null
}
