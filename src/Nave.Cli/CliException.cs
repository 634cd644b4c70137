namespace Nave.Cli;

/// <summary>A failure that is told to the user in one sentence.</summary>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failure) : Exception(message)
{
    /// <summary>Gets what the process ends with.</summary>
    public int ExitCode { get; } = exitCode;
}
