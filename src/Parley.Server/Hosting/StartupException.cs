namespace Parley.Server;

/// <summary>The server cannot start; the message tells an operator why and what to do. Printed without a stack trace.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
