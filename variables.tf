variable "accepted_classifications" {
  description = "Classifications of trade-matching that complete a document. PENDING among them means that the document waits for its counterparty and may be run again."
  type        = list(string)
  default     = ["MATCHED", "PROBABLE_MATCH", "PENDING"]
  nullable    = false

  validation {
    condition     = length(var.accepted_classifications) > 0
    error_message = "Set at least one classification in accepted_classifications, otherwise no confirmation can ever match."
  }

  validation {
    condition     = alltrue([for value in var.accepted_classifications : can(regex("^[A-Z][A-Z_]{0,63}$", value))])
    error_message = "Write each of accepted_classifications as 1 to 64 capital letters and underscores, like MATCHED."
  }

  validation {
    condition     = length(setintersection(var.accepted_classifications, ["DEFERRED", "DUPLICATE", "EXCEPTION_RAISED", "FAILED", "SKIPPED"])) == 0
    error_message = "Leave DEFERRED, DUPLICATE, EXCEPTION_RAISED, FAILED and SKIPPED out of accepted_classifications: they are outcomes of the workflow and the backfill themselves."
  }
}

variable "agents" {
  description = "The four agents by name: pdf-adapter, trade-extraction, trade-matching and exception-management. runtime_arn is the AgentCore runtime that serves the agent, standby_runtime_arns those that its parameter may be switched to without an apply. protocol is the one that these runtimes serve: HTTP, or A2A (each payload is then sent as an A2A message, and the reply is read from the artifacts of the response). completion says where the reply is: in the response, or sent back with the task_token of the payload (callback, for STANDARD and HTTP: docs/agents.md); then heartbeat_seconds is the longest time between two heartbeats, null for any. timeout_seconds limits the work for one document, from the call that begins it to the reply; the defaults are 85, 50, 100 and 30. call_seconds limits one call, after which an agent that needs longer has to reply IN_PROGRESS (docs/agents.md); null means timeout_seconds, up to 900. retry is for failures of the agent, patience for what asks to wait (throttling, quotas, conflicts); max_attempts counts the retries after the first call."
  type = map(object({
    runtime_arn          = string
    standby_runtime_arns = optional(list(string), [])
    qualifier            = optional(string, "DEFAULT")
    protocol             = optional(string, "HTTP")
    completion           = optional(string, "response")
    heartbeat_seconds    = optional(number)
    timeout_seconds      = optional(number)
    call_seconds         = optional(number)
    retry = optional(object({
      max_attempts      = optional(number, 3)
      interval_seconds  = optional(number, 1)
      backoff_rate      = optional(number, 2)
      max_delay_seconds = optional(number, 30)
    }), {})
    patience = optional(object({
      max_attempts      = optional(number, 4)
      interval_seconds  = optional(number, 15)
      backoff_rate      = optional(number, 2)
      max_delay_seconds = optional(number, 40)
    }), {})
    circuit_breaker = optional(object({
      failure_threshold   = optional(number, 5)
      open_seconds        = optional(number, 60)
      half_open_max_calls = optional(number, 3)
    }), {})
  }))
  nullable = false

  validation {
    condition     = toset(keys(var.agents)) == toset(["pdf-adapter", "trade-extraction", "trade-matching", "exception-management"])
    error_message = "Set exactly these keys in agents: pdf-adapter, trade-extraction, trade-matching, exception-management."
  }

  # https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html
  validation {
    condition = alltrue([
      for arn in flatten([for agent in values(var.agents) : concat([agent.runtime_arn], agent.standby_runtime_arns)]) :
      can(regex("^arn:[a-z-]+:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[A-Za-z][A-Za-z0-9_]{0,99}-[A-Za-z0-9]{10}$", arn))
    ])
    error_message = "Write each runtime ARN as arn:PARTITION:bedrock-agentcore:REGION:ACCOUNT:runtime/NAME-ID, with the 10 letters and digits of AWS at its end and no endpoint behind it."
  }

  # An alarm has a metric for each runtime of an agent: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
  validation {
    condition     = alltrue([for agent in values(var.agents) : length(agent.standby_runtime_arns) <= 9])
    error_message = "Set at most 9 standby_runtime_arns of each agent: an alarm of CloudWatch takes the metrics of 10 runtimes."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : can(regex("^[A-Za-z][A-Za-z0-9_]{0,47}$", agent.qualifier))])
    error_message = "Set each qualifier to the name of a runtime endpoint: a letter, then up to 47 letters, digits and underscores."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : contains(["HTTP", "A2A"], agent.protocol)])
    error_message = "Set each protocol to HTTP or A2A, whichever the agent's runtimes serve."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : contains(["response", "callback"], agent.completion)])
    error_message = "Set each completion to response (the reply is in the response) or callback (the agent sends it back with the task_token of the payload)."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.completion == "response" || agent.protocol == "HTTP"])
    error_message = "Leave completion at response for agents with protocol A2A: a call that waits for a callback does not see the JSON-RPC errors of its response."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.completion == "callback" || agent.heartbeat_seconds == null])
    error_message = "Leave heartbeat_seconds out for agents without completion callback: other agents send no heartbeats."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.heartbeat_seconds == null ? true : agent.heartbeat_seconds == floor(agent.heartbeat_seconds) && agent.heartbeat_seconds >= 5 && agent.heartbeat_seconds <= 3600])
    error_message = "Set each heartbeat_seconds to a whole number from 5 to 3600."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.timeout_seconds == null ? true : agent.timeout_seconds == floor(agent.timeout_seconds) && agent.timeout_seconds >= 5 && agent.timeout_seconds <= 28800])
    error_message = "Set each timeout_seconds to a whole number from 5 to 28800: AgentCore ends a session after 8 hours."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.call_seconds == null ? true : agent.call_seconds == floor(agent.call_seconds) && agent.call_seconds >= 5 && agent.call_seconds <= 900])
    error_message = "Set each call_seconds to a whole number from 5 to 900: AgentCore ends a call after 15 minutes."
  }

  validation {
    condition     = alltrue([for retry in flatten([for agent in values(var.agents) : [agent.retry, agent.patience]]) : retry.max_attempts == floor(retry.max_attempts) && retry.max_attempts >= 0 && retry.max_attempts <= 10])
    error_message = "Set each max_attempts of retry and patience to a whole number from 0 (never retry) to 10."
  }

  validation {
    condition     = alltrue([for retry in flatten([for agent in values(var.agents) : [agent.retry, agent.patience]]) : retry.interval_seconds == floor(retry.interval_seconds) && retry.interval_seconds >= 1 && retry.interval_seconds <= 60])
    error_message = "Set each interval_seconds of retry and patience to a whole number from 1 to 60."
  }

  validation {
    condition     = alltrue([for retry in flatten([for agent in values(var.agents) : [agent.retry, agent.patience]]) : retry.backoff_rate >= 1 && retry.backoff_rate <= 10])
    error_message = "Set each backoff_rate of retry and patience to a number from 1 (every wait alike) to 10."
  }

  validation {
    condition     = alltrue([for retry in flatten([for agent in values(var.agents) : [agent.retry, agent.patience]]) : retry.max_delay_seconds == floor(retry.max_delay_seconds) && retry.max_delay_seconds > retry.interval_seconds && retry.max_delay_seconds <= 300])
    error_message = "Set each max_delay_seconds of retry and patience to a whole number over interval_seconds and up to 300."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.circuit_breaker.failure_threshold == floor(agent.circuit_breaker.failure_threshold) && agent.circuit_breaker.failure_threshold >= 1 && agent.circuit_breaker.failure_threshold <= 1000])
    error_message = "Set each circuit_breaker.failure_threshold to a whole number from 1 to 1000."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.circuit_breaker.open_seconds == floor(agent.circuit_breaker.open_seconds) && agent.circuit_breaker.open_seconds >= 1 && agent.circuit_breaker.open_seconds <= 86400])
    error_message = "Set each circuit_breaker.open_seconds to a whole number from 1 to 86400 (a day)."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.circuit_breaker.half_open_max_calls == floor(agent.circuit_breaker.half_open_max_calls) && agent.circuit_breaker.half_open_max_calls >= 1 && agent.circuit_breaker.half_open_max_calls <= 20])
    error_message = "Set each circuit_breaker.half_open_max_calls to a whole number from 1 to 20."
  }
}

variable "alarm_actions" {
  description = "ARNs that every alarm notifies, beside the topic of create_alarm_topic."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : can(regex("^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9-]*:.+$", arn))])
    error_message = "Write each of alarm_actions as the ARN of what an alarm may notify, like arn:PARTITION:sns:REGION:ACCOUNT:TOPIC."
  }

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
  validation {
    condition     = length(var.alarm_actions) + (var.create_alarm_topic ? 1 : 0) <= 5
    error_message = "Set at most 5 alarm_actions, or 4 beside the topic of create_alarm_topic: an alarm of CloudWatch takes no more."
  }
}

variable "alarms" {
  description = "When the alarms fire. Percent: of runs that failed or timed out (failed, outage), of a run's time limit that it used (duration), of an agent's steps that failed (step_failed). latency_percent is of an agent's timeout_seconds that its calls take on average. sessions_per_second and active_sessions are to stay under the account's quotas of AgentCore sessions: 25 new ones a second, and 2,500 active ones (5,000 in us-east-1 and us-west-2), unless they were raised. Percents of runs and steps are of 15 minutes (outage: of two consecutive periods of 15), counts are of 5 minutes. dead_letter_age_days is the number of consecutive days with dead letters, deferred_minutes how long the oldest deferred document may wait."
  type = object({
    failed_percent       = optional(number, 10)
    outage_percent       = optional(number, 90)
    throttled_executions = optional(number, 1)
    duration_percent     = optional(number, 90)
    sessions_per_second  = optional(number, 20)
    active_sessions      = optional(number, 2000)
    runtime_throttles    = optional(number, 10)
    runtime_errors       = optional(number, 5)
    latency_percent      = optional(number, 80)
    step_failed_percent  = optional(number, 25)
    dead_letters         = optional(number, 1)
    dead_letter_age_days = optional(number, 7)
    deferred_minutes     = optional(number, 30)
    overdue_documents    = optional(number, 1)
    dead_runs            = optional(number, 1)
    table_throttles      = optional(number, 1)
    undelivered_uploads  = optional(number, 1)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, value in var.alarms : value > 0])
    error_message = "Set each of alarms to a number over 0: at 0 an alarm would never be silent."
  }

  validation {
    condition     = alltrue([for name, value in var.alarms : value <= 100 if endswith(name, "_percent")])
    error_message = "Set each percent of alarms to at most 100."
  }

  validation {
    condition     = var.alarms.dead_letter_age_days == floor(var.alarms.dead_letter_age_days) && var.alarms.dead_letter_age_days <= 7
    error_message = "Set alarms.dead_letter_age_days to a whole number from 1 to 7: CloudWatch looks back for a week at most."
  }
}

variable "backfill" {
  description = "A state machine that starts the workflow for the objects that the buckets have already. max_concurrency documents are at work at once (default: max_concurrent_documents, or else 100), and it ends when more than tolerated_failure_percent of the objects failed. Results are written to results_bucket_arn (default: the first of document_bucket_arns) under backfill/. inventory_bucket_arns are the buckets with S3 inventories. Buckets of this account or of document_bucket_owner only. null: none."
  type = object({
    max_concurrency           = optional(number)
    tolerated_failure_percent = optional(number, 5)
    results_bucket_arn        = optional(string)
    inventory_bucket_arns     = optional(list(string), [])
  })
  default = null

  validation {
    condition     = try(var.backfill.max_concurrency == floor(var.backfill.max_concurrency) && var.backfill.max_concurrency >= 1 && var.backfill.max_concurrency <= 10000, true)
    error_message = "Set backfill.max_concurrency to a whole number from 1 to 10000, the most that a distributed Map runs at once."
  }

  validation {
    condition     = try(var.backfill.max_concurrency <= var.max_concurrent_documents, true)
    error_message = "Set backfill.max_concurrency to at most max_concurrent_documents: a document beyond them finds no place, and waits."
  }

  validation {
    condition     = try(var.backfill.tolerated_failure_percent >= 0 && var.backfill.tolerated_failure_percent <= 100, true)
    error_message = "Set backfill.tolerated_failure_percent to a number from 0 (the first failure ends it) to 100 (none does)."
  }

  validation {
    condition = alltrue([
      for arn in try(concat(var.backfill.results_bucket_arn == null ? [] : [var.backfill.results_bucket_arn], var.backfill.inventory_bucket_arns), []) :
      can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", arn))
    ])
    error_message = "Write backfill.results_bucket_arn and each of backfill.inventory_bucket_arns as arn:PARTITION:s3:::BUCKET, without a path."
  }
}

variable "create_alarm_topic" {
  description = "Whether to create an SNS topic, NAME-ENVIRONMENT-alarms, that the alarms notify and to which the on-call engineers subscribe."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_kms_key" {
  description = "Whether to create a customer-managed key for all data at rest. false: kms_key_arn names one."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_parameters" {
  description = "Whether to create the agents' parameters. false: they exist under parameter_prefix and belong to another stack; runtime_arn and standby_runtime_arns still say which runtimes may be called. On a stack that created them, have Terraform forget them first (docs/operations.md)."
  type        = bool
  default     = true
  nullable    = false
}

variable "deferral" {
  description = "How patient the workflow is with what is not a document's fault. What stopped it (throttling, a quota, an open circuit, no time, no place) lets it wait in the ledger and go on by itself for up to max_hours; failures of an agent (a timeout, an unusable reply, an error of its container) do so agent_failures times. Then the document is an exception. 0 does not wait at all."
  type = object({
    max_hours      = optional(number, 4)
    agent_failures = optional(number, 3)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.deferral.max_hours >= 0 && var.deferral.max_hours <= 168
    error_message = "Set deferral.max_hours to a number from 0 (nothing waits) to 168 (a week)."
  }

  validation {
    condition     = var.deferral.agent_failures == floor(var.deferral.agent_failures) && var.deferral.agent_failures >= 0 && var.deferral.agent_failures <= 20
    error_message = "Set deferral.agent_failures to a whole number from 0 (an exception at once) to 20."
  }
}

variable "deletion_protection" {
  description = "Whether to protect the tables, and with them dead letters and logs, against deletion by a destroy or by another name or environment. Set it to false and apply before a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "document_bucket_arns" {
  description = "ARNs of the buckets that hold the confirmations. A document in another bucket cannot be processed."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.document_bucket_arns) > 0
    error_message = "Set the ARN of at least one bucket in document_bucket_arns."
  }

  validation {
    condition     = alltrue([for arn in var.document_bucket_arns : can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", arn))])
    error_message = "Write each of document_bucket_arns as arn:PARTITION:s3:::BUCKET, without a path."
  }
}

variable "document_bucket_owner" {
  description = "Id of the account that owns the buckets of document_bucket_arns. null: this account. A bucket of another account under one of these names is not read."
  type        = string
  default     = null

  validation {
    condition     = var.document_bucket_owner == null ? true : can(regex("^[0-9]{12}$", var.document_bucket_owner))
    error_message = "Set document_bucket_owner to the 12 digits of an account's id, or leave it out for this account."
  }
}

variable "document_ledger" {
  description = "The record of each document (its path, ids, classification, score, reason codes, exception id; no trade data): retention_days after its last outcome that it is retained, and pending_hours after which a document that still waits for its counterparty counts as overdue."
  type = object({
    retention_days = optional(number, 2557)
    pending_hours  = optional(number, 72)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.document_ledger.retention_days == floor(var.document_ledger.retention_days) && var.document_ledger.retention_days >= 15
    error_message = "Set document_ledger.retention_days to a whole number of at least 15: a dead letter can be redriven for 14 days."
  }

  validation {
    condition     = var.document_ledger.pending_hours == floor(var.document_ledger.pending_hours) && var.document_ledger.pending_hours >= 1
    error_message = "Set document_ledger.pending_hours to a whole number of at least 1."
  }
}

variable "document_prefixes" {
  description = "Key prefixes under which the buckets hold confirmations, like confirmations/. The role may read these alone; an empty string means the whole bucket."
  type        = list(string)
  default     = [""]
  nullable    = false

  validation {
    condition     = length(var.document_prefixes) > 0
    error_message = "Set at least one key prefix in document_prefixes, or leave it out for whole buckets."
  }

  validation {
    condition     = alltrue([for prefix in var.document_prefixes : can(regex("^[^*?$]{0,512}$", prefix))])
    error_message = "Write each of document_prefixes without *, ? and $, in up to 512 characters: what follows it may be anything."
  }

  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
  validation {
    condition     = alltrue([for prefix in var.document_prefixes : can(regex("^[\\x{20}-\\x{FF}]*$", prefix))])
    error_message = "Write each of document_prefixes in characters from U+0020 to U+00FF: IAM takes no others in a policy, so give a shorter prefix that ends before them."
  }
}

variable "environment" {
  description = "Environment of this instance, like dev or prod, the second part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.environment))
    error_message = "Set environment to 1 to 12 lower-case letters and digits that begin with a letter, like dev."
  }
}

variable "exception_classifications" {
  description = "Classifications of trade-matching that raise an exception."
  type        = list(string)
  default     = ["REVIEW_REQUIRED", "BREAK", "DATA_ERROR"]
  nullable    = false

  validation {
    condition     = alltrue([for value in var.exception_classifications : can(regex("^[A-Z][A-Z_]{0,63}$", value))])
    error_message = "Write each of exception_classifications as 1 to 64 capital letters and underscores, like BREAK."
  }
}

variable "ingestion" {
  description = "Uploads start runs: each PDF (.pdf in any case) that is uploaded under document_prefixes of the buckets, and nothing else. bucket_arns are those of document_bucket_arns whose uploads count, default: all; each has to send its events to EventBridge in this account and region. null: nothing starts runs but callers."
  type = object({
    bucket_arns = optional(list(string))
  })
  default = null

  validation {
    condition     = try(length(var.ingestion.bucket_arns) > 0, true)
    error_message = "Set at least one bucket in ingestion.bucket_arns, or leave it out for all of document_bucket_arns."
  }

  validation {
    condition     = try(length(setsubtract(var.ingestion.bucket_arns, var.document_bucket_arns)) == 0, true)
    error_message = "Set in ingestion.bucket_arns only buckets of document_bucket_arns: the workflow may read no other, so add the bucket there too."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key for all data at rest, with create_kms_key = false. Its policy has to contain that of the output kms_key_policy."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "Write kms_key_arn as arn:PARTITION:kms:REGION:ACCOUNT:key/ID; an alias is not accepted."
  }

  validation {
    condition     = (var.kms_key_arn == null) == var.create_kms_key
    error_message = "Either leave kms_key_arn out, or set create_kms_key = false and kms_key_arn to the ARN of a key."
  }
}

variable "log_execution_data" {
  description = "Whether the logs hold the inputs and outputs of states. They contain names of documents and trades, so the default is false."
  type        = bool
  default     = false
  nullable    = false
}

variable "log_level" {
  description = "What the state machine logs: ALL, ERROR, FATAL or OFF. Only ALL shows the path of an Express run."
  type        = string
  default     = "ALL"
  nullable    = false

  validation {
    condition     = contains(["ALL", "ERROR", "FATAL", "OFF"], var.log_level)
    error_message = "Set log_level to ALL, ERROR, FATAL or OFF."
  }
}

variable "log_retention_days" {
  description = "Days that the logs are retained."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "Set log_retention_days to a period that CloudWatch Logs supports, like 30, 90, 365 or 3653."
  }
}

variable "max_concurrent_documents" {
  description = "Documents that may be at work at once. A document without a place waits in the ledger, and documents start at the pace that new_sessions_per_second allows. About new_sessions_per_second / 3 × the seconds of a run keep the quota in use. null: any number, at any pace."
  type        = number
  default     = null

  validation {
    condition     = var.max_concurrent_documents == null ? true : var.max_concurrent_documents == floor(var.max_concurrent_documents) && var.max_concurrent_documents >= 1 && var.max_concurrent_documents <= 5000
    error_message = "Set max_concurrent_documents to a whole number from 1 to 5000, or leave it out for any number."
  }
}

variable "name" {
  description = "Name of this instance. Begins every name, so two instances in one account and region need two names; the names of roles and the dashboard, which are global, end with the region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,17}[a-z0-9]$", var.name))
    error_message = "Set name to 2 to 19 lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen."
  }
}

variable "new_sessions_per_second" {
  description = "New AgentCore sessions a second that this instance may begin: its share of the account's quota, which AWS sets to 25. Deferred documents, and all with max_concurrent_documents, start at this pace."
  type        = number
  default     = 25
  nullable    = false

  validation {
    condition     = var.new_sessions_per_second >= 1 && var.new_sessions_per_second <= 1000
    error_message = "Set new_sessions_per_second to a number from 1 to 1000: what AWS grants the account, or this instance's share of it."
  }
}

variable "parameter_prefix" {
  description = "Path of the agents' parameters: PREFIX/AGENT/arn. Two instances in one account and region need two prefixes."
  type        = string
  default     = "/agentcore/agents"
  nullable    = false

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+){1,10}$", var.parameter_prefix)) && length(var.parameter_prefix) <= 900
    error_message = "Write parameter_prefix as a path of up to 10 parts like /agentcore/agents, without a slash at its end."
  }

  validation {
    condition     = !can(regex("^/(?i:aws|ssm)", var.parameter_prefix))
    error_message = "Begin parameter_prefix with something other than aws or ssm: AWS reserves these."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary that every role gets. null: none. Read it with the data source aws_iam_policy to have a plan refuse one that does not exist."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$", var.permissions_boundary_arn))
    error_message = "Write permissions_boundary_arn as arn:PARTITION:iam::ACCOUNT:policy/NAME."
  }
}

variable "runtime_account_ids" {
  description = "Ids of accounts beside this one whose runtimes agents may name. The resource policies of such a runtime and its endpoint have to allow the role of the output role_arn."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.runtime_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "Write each of runtime_account_ids as the 12 digits of an account's id."
  }
}

variable "state_machine_version" {
  description = "Number of the published version that callers of the alias run, to go back to an earlier one of an existing state machine. null: the latest."
  type        = number
  default     = null

  validation {
    condition     = var.state_machine_version == null ? true : var.state_machine_version == floor(var.state_machine_version) && var.state_machine_version >= 1
    error_message = "Set state_machine_version to the number of a published version, like 3, or leave it out for the latest."
  }
}

variable "stop_sessions" {
  description = "Whether an agent's session is stopped after its reply or timeout. Off, each session idles on, is paid for and counts against the account's quota of active sessions."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that supports them. The module sets Application and Environment, unless these tags or the provider's default_tags have them in another case."
  type        = map(string)
  default     = {}
  nullable    = false

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
  validation {
    condition     = length(distinct([for key in keys(var.tags) : lower(key)])) == length(var.tags)
    error_message = "Keep one of the keys of tags that differ in case only: IAM takes them for the same."
  }

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  validation {
    condition     = length(distinct(concat([for key in keys(var.tags) : lower(key)], ["application", "environment"]))) <= 50
    error_message = "Set at most 48 tags beside Application and Environment: a resource takes 50."
  }

  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
  validation {
    condition     = alltrue([for key in keys(var.tags) : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}$", key))])
    error_message = "Write each key of tags as 1 to 128 letters, digits, spaces and characters of _.:/=+-@, which IAM takes."
  }

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "Begin each key of tags with something other than aws: with its colon: AWS reserves it."
  }

  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
  validation {
    condition     = alltrue([for value in values(var.tags) : value == null ? true : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{0,256}$", value))])
    error_message = "Write each value of tags as up to 256 letters, digits, spaces and characters of _.:/=+-@, which IAM takes."
  }
}

variable "tracing" {
  description = "Whether X-Ray traces the runs."
  type        = bool
  default     = true
  nullable    = false
}

variable "workflow_type" {
  description = "EXPRESS, for runs that fit 300 s, or STANDARD. A change replaces the state machine."
  type        = string
  default     = "EXPRESS"
  nullable    = false

  validation {
    condition     = contains(["EXPRESS", "STANDARD"], var.workflow_type)
    error_message = "Set workflow_type to EXPRESS or STANDARD."
  }
}
