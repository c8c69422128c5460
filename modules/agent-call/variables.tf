variable "agents" {
  description = "The agents by name, which is that of their circuit. runtime_arn is the AgentCore runtime that serves the agent, standby_runtime_arns those that a registry may name too; qualifier is the runtimes' endpoint. protocol is the one that they serve, HTTP or A2A. completion says where the reply is: in the response, or sent back with the task token of the payload (callback: in a Standard state machine, by HTTP, and with at most heartbeat_seconds between two heartbeats). timeout_seconds limits the work for one payload, call_seconds one call of it (default: timeout_seconds, up to 900), reserved_seconds is the time before the deadline that what follows needs. retry is for failures of the agent, patience for what asks to wait; max_attempts counts the retries after the first call. state names the block in the state machine (default: the agent's name), next the state after it (default: none, it ends its branch), on_failure the state after a failure (default: none, the error goes on), event_type is a name that a failure carries. receives is the payload: JSONata by field. returns are the fields of the reply with a rule for each: JSONata that reads $reply and is true for a good one. assigns are the variables that are kept: JSONata that reads $reply. idempotency lists strings in JSONata that, with identity, make the idempotency key (default: the agent's name)."
  type = map(object({
    runtime_arn          = string
    standby_runtime_arns = optional(list(string), [])
    qualifier            = optional(string, "DEFAULT")
    protocol             = optional(string, "HTTP")
    completion           = optional(string, "response")
    heartbeat_seconds    = optional(number)
    timeout_seconds      = optional(number, 60)
    call_seconds         = optional(number)
    reserved_seconds     = optional(number, 10)
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
    state       = optional(string)
    next        = optional(string)
    on_failure  = optional(string)
    event_type  = optional(string)
    receives    = optional(map(string), {})
    returns     = optional(map(string), {})
    assigns     = optional(map(string), {})
    idempotency = optional(list(string))
  }))
  nullable = false

  validation {
    condition     = alltrue([for name, _ in var.agents : can(regex("^[a-z][a-z0-9-]{0,47}$", name)) && name != "admission"])
    error_message = "Name each of agents with 1 to 48 lower-case letters, digits and hyphens that begin with a letter, and not admission, for which the table of circuits may have another item."
  }

  # https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html
  validation {
    condition = alltrue([
      for arn in flatten([for agent in values(var.agents) : concat([agent.runtime_arn], agent.standby_runtime_arns)]) :
      can(regex("^arn:[a-z-]+:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[A-Za-z][A-Za-z0-9_]{0,99}-[A-Za-z0-9]{10}$", arn))
    ])
    error_message = "Write each runtime ARN as arn:PARTITION:bedrock-agentcore:REGION:ACCOUNT:runtime/NAME-ID, with the 10 letters and digits of AWS at its end and no endpoint behind it."
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
    condition = alltrue([
      for agent in values(var.agents) : alltrue([
        for range in [[agent.timeout_seconds, 5, 28800], [coalesce(agent.call_seconds, 5), 5, 900], [agent.reserved_seconds, 0, 86400]] :
        range[0] == floor(range[0]) && range[0] >= range[1] && range[0] <= range[2]
      ])
    ])
    error_message = "Set each timeout_seconds to a whole number from 5 to 28800, call_seconds from 5 to 900 and reserved_seconds from 0 to 86400."
  }

  validation {
    condition = alltrue([
      for rule in flatten([for agent in values(var.agents) : [agent.retry, agent.patience]]) : alltrue(concat([
        for range in [[rule.max_attempts, 0, 10], [rule.interval_seconds, 1, 60], [rule.max_delay_seconds, rule.interval_seconds + 1, 300]] :
        range[0] == floor(range[0]) && range[0] >= range[1] && range[0] <= range[2]
      ], [rule.backoff_rate >= 1, rule.backoff_rate <= 10]))
    ])
    error_message = "Set max_attempts of each retry and patience to a whole number from 0 to 10, interval_seconds from 1 to 60, max_delay_seconds over that and up to 300, and backoff_rate to a number from 1 to 10."
  }

  validation {
    condition = alltrue([
      for breaker in [for agent in values(var.agents) : agent.circuit_breaker] : alltrue([
        for range in [[breaker.failure_threshold, 1, 1000], [breaker.open_seconds, 1, 86400], [breaker.half_open_max_calls, 1, 20]] :
        range[0] == floor(range[0]) && range[0] >= range[1] && range[0] <= range[2]
      ])
    ])
    error_message = "Set failure_threshold of each circuit_breaker to a whole number from 1 to 1000, open_seconds from 1 to 86400 and half_open_max_calls from 1 to 20."
  }

  # A block's own states have names of up to 20 characters more: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.state == null ? true : can(regex("^[A-Za-z][A-Za-z0-9 _-]{0,59}$", agent.state))])
    error_message = "Name each state with 1 to 60 letters, digits, spaces, hyphens and underscores that begin with a letter."
  }

  validation {
    condition = alltrue([
      for name in flatten([for agent in values(var.agents) : [agent.next, agent.on_failure, agent.event_type]]) :
      name == null ? true : can(regex("^[A-Za-z0-9 ._-]{1,80}$", name))
    ])
    error_message = "Write each next, on_failure and event_type with 1 to 80 letters, digits, spaces, dots, hyphens and underscores."
  }

  validation {
    condition = alltrue([
      for field in flatten([for agent in values(var.agents) : [keys(agent.receives), keys(agent.returns), keys(agent.assigns)]]) :
      can(regex("^[A-Za-z][A-Za-z0-9_]{0,63}$", field))
    ])
    error_message = "Name each field of receives, returns and assigns with 1 to 64 letters, digits and underscores that begin with a letter."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : length(setintersection(keys(agent.receives), ["correlation_id", "idempotency_key"])) == 0])
    error_message = "Leave correlation_id and idempotency_key out of receives: each payload has them."
  }
}

variable "circuit_table" {
  description = "The table of circuits, whose key is agent, a string."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "correlation_id" {
  description = "JSONata: the string by which logs of different systems are brought together."
  type        = string
  default     = "$states.context.Execution.Name"
  nullable    = false

  validation {
    condition     = can(regex("^[^\"\\\\]*[^\"\\\\\\s][^\"\\\\]*$", var.correlation_id))
    error_message = "Write correlation_id as JSONata, with strings in single quotes and without backslashes."
  }
}

variable "deadline" {
  description = "JSONata: when a run has to be over, in milliseconds since 1970. A call that does not fit is not begun."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\"\\\\]*[^\"\\\\\\s][^\"\\\\]*$", var.deadline))
    error_message = "Write deadline as JSONata, with strings in single quotes and without backslashes."
  }
}

variable "identity" {
  description = "JSONata: the string that identifies what is worked on, like the id of a claim. It is the same when a call is repeated, also by another run, and another one for each item of a Map. Circuits count by it, and the idempotency key is made of it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\"\\\\]*[^\"\\\\\\s][^\"\\\\]*$", var.identity))
    error_message = "Write identity as JSONata, with strings in single quotes and without backslashes."
  }
}

variable "may_wait" {
  description = "JSONata: whether a later run comes back to what is worked on. Where it is true, nothing is called for 2 s after AWS throttled a call for something else, and a throttled call is not repeated in that time. null: every call is made."
  type        = string
  default     = null
}

variable "registry" {
  description = "Where a state before the blocks looked the runtimes up: runtime_arns is JSONata, an object of runtime ARNs by agent, and parameter_names says where each came from. null: the runtime_arn of each agent is called."
  type        = object({ runtime_arns = string, parameter_names = map(string) })
  default     = null
}

variable "resumable" {
  description = "Whether a later run can go on with what an agent has in progress. true: blocks read the variables work and steps and write work, steps and stop, which the scope around them has to have. false: none of these, what happened is a block's output."
  type        = bool
  default     = false
  nullable    = false
}

variable "stop_sessions" {
  description = "Whether an agent's session is stopped after its reply or timeout."
  type        = bool
  default     = true
  nullable    = false
}

variable "trace_id" {
  description = "JSONata: the id of the X-Ray trace that agents are to continue. null: none."
  type        = string
  default     = null

  validation {
    condition     = var.trace_id == null ? true : can(regex("^[^\"\\\\]*[^\"\\\\\\s][^\"\\\\]*$", var.trace_id))
    error_message = "Write trace_id as JSONata, with strings in single quotes and without backslashes."
  }
}
