data "aws_caller_identity" "current" {}

data "aws_default_tags" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "states" {
  service_name = "states"
}

locals {
  prefix = "${var.name}-${var.environment}"

  # IAM refuses a role with two keys that differ in case only: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
  _own_tags = { Application = var.name, Environment = var.environment }
  _given    = setsubtract(concat(keys(var.tags), keys(data.aws_default_tags.current.tags)), keys(local._own_tags))
  tags      = merge(var.tags, { for key, value in local._own_tags : key => value if !contains([for given in local._given : lower(given)], lower(key)) })

  _logs = {
    level          = var.log_level
    retention_days = var.log_retention_days
    execution_data = var.log_execution_data
  }

  # Known in every plan, also in one that replaces the state machine: the metrics of an alarm must not be known after apply only,
  # and what is created before it is destroyed, as roles are, would make the state machine so too if it referred to it.
  _state_machine_arn = join(":", [
    "arn", data.aws_partition.current.partition, "states", data.aws_service_principal.states.region,
    data.aws_caller_identity.current.account_id, "stateMachine", local.prefix,
  ])

  _state_machine_alias_arn = "${local._state_machine_arn}:live"

  _document_bucket_owner = coalesce(var.document_bucket_owner, data.aws_caller_identity.current.account_id)

  # How long the agents take, measured by their owners, with at least 15 s for the start of a microVM: the sum fits Express.
  _timeout_seconds = {
    pdf-adapter          = 85
    trade-extraction     = 50
    trade-matching       = 100
    exception-management = 30
  }

  # One namespace for all instances: the dimension StateMachine distinguishes them.
  _metrics_namespace = "AgentCoreOrchestrator"

  _kms_key_arn = var.create_kms_key ? module.encryption.key_arn : var.kms_key_arn

  # Agents of which one call may last longer than what is known to work, and no `call_seconds` confirms that. AWS documents no limit,
  # public reports name one near 60 s: docs/decisions/0010-no-call-has-to-be-long.md
  _long_calls = [for name, agent in var.agents : name if agent.completion == "response" && agent.call_seconds == null && local.agents[name].call_seconds > 60]

  _runtimes = {
    for name, agent in var.agents : name => {
      arns      = concat([agent.runtime_arn], agent.standby_runtime_arns)
      qualifier = agent.qualifier
    }
  }

  agents = {
    for name, agent in var.agents : name => merge(agent, {
      timeout_seconds = coalesce(agent.timeout_seconds, local._timeout_seconds[name])
      call_seconds    = min(coalesce(agent.call_seconds, 900), coalesce(agent.timeout_seconds, local._timeout_seconds[name]))
    })
  }
}

module "agent_registry" {
  source = "./modules/agent-registry"

  create_parameters = var.create_parameters
  parameter_prefix  = var.parameter_prefix
  runtime_arns      = { for name, agent in local.agents : name => agent.runtime_arn }
  tags              = local.tags
}

module "backfill" {
  source = "./modules/backfill"
  count  = var.backfill == null ? 0 : 1

  prefix                    = local.prefix
  bucket_arns               = var.document_bucket_arns
  document_bucket_owner     = local._document_bucket_owner
  document_prefixes         = var.document_prefixes
  results_bucket_arn        = coalesce(var.backfill.results_bucket_arn, var.document_bucket_arns[0])
  inventory_bucket_arns     = var.backfill.inventory_bucket_arns
  max_concurrency           = coalesce(var.backfill.max_concurrency, var.max_concurrent_documents, 100)
  tolerated_failure_percent = var.backfill.tolerated_failure_percent
  logs                      = local._logs
  tracing                   = var.tracing
  base_policy               = module.machine_policy["backfill"].json
  kms_key_arn               = local._kms_key_arn
  permissions_boundary_arn  = var.permissions_boundary_arn
  tags                      = local.tags

  workflow = {
    arn       = local._state_machine_arn
    alias_arn = local._state_machine_alias_arn
    type      = var.workflow_type
    seconds   = module.workflow.seconds
  }
}

module "circuit_breaker" {
  source = "./modules/circuit-breaker"

  prefix              = local.prefix
  deletion_protection = var.deletion_protection
  kms_key_arn         = local._kms_key_arn
  tags                = local.tags
}

module "encryption" {
  source = "./modules/encryption"

  prefix     = local.prefix
  create_key = var.create_kms_key
  tags       = local.tags
}

module "ingestion" {
  source = "./modules/ingestion"
  count  = var.ingestion == null ? 0 : 1

  prefix                   = local.prefix
  bucket_arns              = coalesce(var.ingestion.bucket_arns, var.document_bucket_arns)
  document_bucket_owner    = local._document_bucket_owner
  document_prefixes        = var.document_prefixes
  dead_letter_queue_arn    = module.document_ledger.dead_letter_queue_arn
  workflow_alias_arn       = local._state_machine_alias_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  tags                     = local.tags
}

module "machine_policy" {
  source = "./modules/machine-policy"
  for_each = merge(
    { workflow = local.prefix, sweep = "${local.prefix}-sweep" },
    var.backfill == null ? {} : { backfill = "${local.prefix}-backfill" },
  )

  state_machine_name = each.value
  kms_key_arn        = local._kms_key_arn
  metrics_namespace  = each.key == "backfill" ? null : local._metrics_namespace
  tracing            = var.tracing
}

module "document_ledger" {
  source = "./modules/document-ledger"

  prefix                   = local.prefix
  retention_days           = var.document_ledger.retention_days
  deletion_protection      = var.deletion_protection
  kms_key_arn              = local._kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  log_group_name           = module.workflow.log_group_name
  logs                     = local._logs
  metrics_namespace        = local._metrics_namespace
  tracing                  = var.tracing
  base_policy              = module.machine_policy["sweep"].json
  workflow_alias_arn       = local._state_machine_alias_arn
  deferral                 = var.deferral
  max_concurrent_documents = var.max_concurrent_documents
  new_sessions_per_second  = var.new_sessions_per_second
  circuit_breakers         = { for name, agent in local.agents : name => agent.circuit_breaker }
  runtimes                 = var.stop_sessions ? local._runtimes : {}
  uploads                  = var.ingestion != null
  tags                     = local.tags

  circuit_table = {
    name = module.circuit_breaker.table_name
    arn  = module.circuit_breaker.table_arn
  }
}

module "workflow" {
  source = "./modules/workflow"

  prefix                    = local.prefix
  partition                 = data.aws_partition.current.partition
  workflow_type             = var.workflow_type
  agents                    = local.agents
  parameter_names           = module.agent_registry.parameter_names
  parameter_arns            = module.agent_registry.parameter_arns
  accepted_classifications  = var.accepted_classifications
  exception_classifications = var.exception_classifications
  document_bucket_arns      = var.document_bucket_arns
  document_bucket_owner     = local._document_bucket_owner
  document_prefixes         = var.document_prefixes
  runtime_account_ids       = var.runtime_account_ids
  stop_sessions             = var.stop_sessions
  live_version              = var.state_machine_version
  deferral                  = var.deferral
  max_concurrent_documents  = var.max_concurrent_documents
  new_sessions_per_second   = var.new_sessions_per_second
  logs                      = local._logs
  metrics_namespace         = local._metrics_namespace
  tracing                   = var.tracing
  base_policy               = module.machine_policy["workflow"].json
  kms_key_arn               = local._kms_key_arn
  permissions_boundary_arn  = var.permissions_boundary_arn
  tags                      = local.tags

  circuit_table = {
    name = module.circuit_breaker.table_name
    arn  = module.circuit_breaker.table_arn
  }

  ledger = {
    table_name            = module.document_ledger.table_name
    table_arn             = module.document_ledger.table_arn
    dead_letter_queue_url = module.document_ledger.dead_letter_queue_url
    dead_letter_queue_arn = module.document_ledger.dead_letter_queue_arn
    retention_days        = var.document_ledger.retention_days
    pending_hours         = var.document_ledger.pending_hours
  }
}

module "observability" {
  source = "./modules/observability"

  prefix                 = local.prefix
  metrics_namespace      = local._metrics_namespace
  agents                 = ["pdf-adapter", "trade-extraction", "trade-matching", "exception-management"]
  outcomes               = concat(var.accepted_classifications, ["EXCEPTION_RAISED", "DEFERRED", "DUPLICATE", "FAILED"])
  classifications        = concat(var.accepted_classifications, var.exception_classifications)
  dead_letter_queue_name = module.document_ledger.dead_letter_queue_name
  alarms                 = var.alarms
  alarm_actions          = var.alarm_actions
  create_alarm_topic     = var.create_alarm_topic
  kms_key_arn            = local._kms_key_arn
  tracing                = var.tracing
  uploads                = var.ingestion != null
  tags                   = local.tags

  state_machine = {
    arn     = local._state_machine_arn
    name    = local.prefix
    type    = var.workflow_type
    seconds = module.workflow.seconds
  }

  runtimes = { for name, runtime in local._runtimes : name => merge(runtime, { timeout_seconds = local.agents[name].timeout_seconds }) }

  tables = {
    circuits = { name = module.circuit_breaker.table_name }
    ledger   = { name = module.document_ledger.table_name, indexes = module.document_ledger.index_names }
  }
}
