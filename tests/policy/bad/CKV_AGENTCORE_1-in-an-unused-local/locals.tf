locals {
  accounts = {
    production = "444455556666"
  }
}
