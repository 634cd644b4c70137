using Nave.Api;

namespace Nave.Cli;

/// <summary>A failure that is told to the user in one sentence.</summary>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failure) : Exception(message)
{
    /// <summary>Gets what the process ends with.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>The registry does not have it.</summary>
    public static CliException NotFound(IdentityId id) =>
        new(id.IsModule ? $"There is no module '{id.ModuleId}' of a device '{id.DeviceId}'." : $"There is no device '{id.DeviceId}'.");
}
