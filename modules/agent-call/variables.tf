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
}

variable "deadline" {
  description = "JSONata: when a run has to be over, in milliseconds since 1970. A call that does not fit is not begun."
  type        = string
  nullable    = false
}

variable "identity" {
  description = "JSONata: the string that stands for what is worked on, like the id of a claim. It is the same when a call is repeated, also by another run, and another one for each item of a Map. Circuits count by it, and the idempotency key is made of it."
  type        = string
  nullable    = false
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
}
