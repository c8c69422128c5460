variable "max_concurrency" {
  description = "Documents that are processed at the same time."
  type        = number
  default     = 5
  nullable    = false
}

variable "orchestrator_state" {
  description = "Where the state of the orchestrator's stack is, with an output `orchestrator` that holds the module's outputs: a backend and its settings. Its workflow has to be EXPRESS."
  type = object({
    backend = string
    config  = map(string)
  })
  nullable = false
}
