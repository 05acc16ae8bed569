namespace Parley.Server.Storage;

/// <summary>
/// More work is under way than the database has connections for, and the wait for one was in vain. What was committed before stays
/// done. The caller is told to come again (503 <c>overloaded</c>); background work tries again by itself, as after any fault of the database.
/// </summary>
public sealed class OverloadedException(Exception cause)
    : Exception("Every connection to the database is in use; the wait for one was in vain.", cause);
