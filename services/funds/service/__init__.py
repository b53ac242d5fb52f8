"""Commands of the supervision of prepaid fees, a room for each thing that they change."""
