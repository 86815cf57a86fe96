//! The columns of a customer.
