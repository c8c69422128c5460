variable "create_key" {
  description = "Whether to make a key. false: the caller gives one that has the policy of output key_policy."
  type        = bool
  nullable    = false
}

variable "prefix" {
  description = "Name of the key's alias, and beginning of the names of all that it encrypts."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
