# The agents: what each receives, what it has to return, and what the desk keeps of that.

locals {
  _agents = {
    claims-triage = {
      state      = "Triage"
      next       = "Assess"
      on_failure = "Stopped"
      receives   = { claim_id = "$claim.id", report = "$claim.report" }
      returns    = { severity = "$reply.severity in ['LOW', 'HIGH']" }
      assigns    = { severity = "$reply.severity" }
    }

    liability-assessor = {
      state      = "AssessLiability"
      on_failure = "LiabilityUnknown"
      receives   = { claim_id = "$claim.id", report = "$claim.report", severity = "$severity" }
      returns    = { fault_percent = "$type($reply.fault_percent) = 'number' ? $reply.fault_percent >= 0 and $reply.fault_percent <= 100 : false" }
      assigns    = { fault_percent = "$reply.fault_percent" }
    }

    damage-assessor = {
      state           = "AssessDamage"
      on_failure      = "DamageUnknown"
      timeout_seconds = 120
      retry           = { max_attempts = 0 }
      circuit_breaker = { failure_threshold = 2, open_seconds = 300, half_open_max_calls = 1 }
      receives        = { claim_id = "$claim.id", report = "$claim.report", severity = "$severity" }
      returns         = { damage = "$type($reply.damage) = 'number' ? $reply.damage >= 0 : false" }
      assigns         = { damage = "$reply.damage" }
    }

    settlement = {
      state      = "Settle"
      next       = "ConfirmSettlement"
      on_failure = "Stopped"
      receives   = { claim_id = "$claim.id", fault_percent = "$assessment.fault_percent", damage = "$assessment.damage" }
      returns    = { amount = "$type($reply.amount) = 'number' ? $reply.amount >= 0 and $reply.amount <= $assessment.damage : false" }
      assigns    = { amount = "$reply.amount" }
    }
  }
}

module "agents" {
  source = "../../modules/agent-call"

  agents         = { for name, agent in local._agents : name => merge(agent, { runtime_arn = var.runtime_arns[name] }) }
  circuit_table  = { name = aws_dynamodb_table.circuits.name, arn = aws_dynamodb_table.circuits.arn }
  identity       = "$claim.id"
  correlation_id = "$claim.id"
  deadline       = "$deadline"
}
