variable "create_key" {
  description = "Whether to create a key. false: only the policy is computed, for a key that is created elsewhere."
  type        = bool
  default     = true
  nullable    = false
}

variable "prefix" {
  description = "NAME-ENVIRONMENT of the instance: name of the key's alias, and beginning of the names of all that the key encrypts."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
