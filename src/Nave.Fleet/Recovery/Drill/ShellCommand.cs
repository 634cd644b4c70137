using System.Diagnostics;

namespace Nave.Fleet.Recovery;

/// <summary>Runs a command of the drill's file in the system's shell. What it prints goes to stderr.</summary>
internal static class ShellCommand
{
    /// <summary>Runs a command to its end.</summary>
    /// <param name="name">The entry of the file, for messages: the command itself may hold secrets.</param>
    /// <param name="command">The command.</param>
    /// <param name="variables">Environment variables that it gets.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecoveryException">It ended with another code than 0, or took too long.</exception>
    public static async Task RunAsync(
        string name, string command, IReadOnlyDictionary<string, string> variables, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/d", "/c", $"({command}) 1>&2"])
            : new ProcessStartInfo("/bin/sh", ["-c", $"exec 1>&2\n{command}"]);
        start.UseShellExecute = false;
        foreach (var (variable, value) in variables)
        {
            start.Environment[variable] = value;
        }

        using var process = Process.Start(start) ?? throw new RecoveryException($"The command '{name}' could not be started.");
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new RecoveryException($"The command '{name}' was still running after {timeout}.");
        }

        if (process.ExitCode != 0)
        {
            throw new RecoveryException($"The command '{name}' ended with {process.ExitCode}; 0 is success.");
        }
    }
}
