variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary that every role gets. null: none."
  type        = string
  default     = null
}

variable "prefix" {
  description = "Beginning of every name, like NAME-ENVIRONMENT of the orchestrator that calls the runtimes."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.prefix))
    error_message = "Set prefix to 2 to 32 lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen."
  }
}

variable "runtimes" {
  description = "The runtimes by the agent's name. image_uri is a container image in Amazon ECR, for ARM64; protocol the one that it serves; environment its variables; network the subnets and security groups of a VPC (without it, the runtime has public network access). policy_documents are policies, as JSON, of what the agent itself may do, like reading the bucket of confirmations or calling a model. callback_state_machine is the name of the state machine to which the agent sends its replies back (NAME-ENVIRONMENT of the orchestrator), null where they are in its responses. endpoints are endpoints beside DEFAULT, each of a version (without it, the latest), and qualifier is the endpoint that the orchestrator calls."
  type = map(object({
    image_uri        = string
    description      = optional(string)
    protocol         = optional(string, "HTTP")
    environment      = optional(map(string), {})
    network          = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
    policy_documents = optional(list(string), [])
    qualifier        = optional(string, "DEFAULT")

    callback_state_machine = optional(string)

    endpoints = optional(map(object({
      version     = optional(string)
      description = optional(string)
    })), {})
  }))
  nullable = false

  validation {
    condition     = alltrue([for agent in keys(var.runtimes) : can(regex("^[a-z][a-z0-9-]*$", agent))])
    error_message = "Name each of runtimes in lower-case letters, digits and hyphens that begin with a letter, like pdf-adapter."
  }

  validation {
    condition     = alltrue([for agent in keys(var.runtimes) : length("${var.prefix}-${agent}") <= 48])
    error_message = "Shorten prefix or the names in runtimes: joined by a hyphen they are the name of a runtime, which has at most 48 characters."
  }

  validation {
    condition     = alltrue([for runtime in values(var.runtimes) : can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[a-z0-9._/-]+(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$", runtime.image_uri))])
    error_message = "Write each image_uri as ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG, or with @sha256:DIGEST in place of the tag."
  }

  validation {
    condition     = alltrue([for runtime in values(var.runtimes) : contains(["HTTP", "A2A"], runtime.protocol)])
    error_message = "Set each protocol to HTTP or A2A: the orchestrator speaks no other."
  }

  validation {
    condition     = alltrue([for runtime in values(var.runtimes) : runtime.callback_state_machine == null ? true : can(regex("^[A-Za-z0-9_-]{1,80}$", runtime.callback_state_machine))])
    error_message = "Set each callback_state_machine to the name of a state machine, not its ARN: 1 to 80 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for runtime in values(var.runtimes) : runtime.callback_state_machine == null || runtime.protocol == "HTTP"])
    error_message = "Leave callback_state_machine out for runtimes with protocol A2A: their replies are in their responses."
  }

  validation {
    condition     = alltrue([for name in flatten([for runtime in values(var.runtimes) : keys(runtime.endpoints)]) : can(regex("^[A-Za-z][A-Za-z0-9_]{0,47}$", name)) && name != "DEFAULT"])
    error_message = "Name each of endpoints with a letter, then up to 47 letters, digits and underscores, and not DEFAULT, which is always there."
  }

  validation {
    condition     = alltrue([for runtime in values(var.runtimes) : contains(concat(["DEFAULT"], keys(runtime.endpoints)), runtime.qualifier)])
    error_message = "Set each qualifier to DEFAULT or to one of the runtime's endpoints."
  }

  validation {
    condition     = alltrue([for runtime in values(var.runtimes) : runtime.network == null ? true : length(runtime.network.subnet_ids) > 0 && length(runtime.network.security_group_ids) > 0])
    error_message = "Give each network at least one of subnet_ids and one of security_group_ids, or leave it out."
  }
}

variable "tags" {
  description = "Tags of every resource that supports them."
  type        = map(string)
  default     = {}
  nullable    = false
}
