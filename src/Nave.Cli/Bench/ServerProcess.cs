using System.Diagnostics;
using Nave.Server.Hosting;

namespace Nave.Cli.Bench;

/// <summary>A hub in a process and a temporary folder of its own, so that its processor time can be told from ours.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);

    private readonly string _folder;

    private ServerProcess(Process process, string folder, ServerStatus status)
    {
        Process = process;
        _folder = folder;
        Status = status;
    }

    public Process Process { get; }

    public ServerStatus Status { get; }

    /// <summary>Gets its data folder.</summary>
    public string Folder => _folder;

    /// <summary>Makes what starts this program once more, with other words.</summary>
    public static ProcessStartInfo Nave(params ReadOnlySpan<string> arguments)
    {
        var self = typeof(NaveCommand).Assembly.Location;
        var start = new ProcessStartInfo(self.Length > 0 ? "dotnet" : Environment.ProcessPath!); // A program in one file has no assembly on disk.
        if (self.Length > 0)
        {
            start.ArgumentList.Add(self);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>Starts a server on free ports and waits until it is ready.</summary>
    /// <exception cref="CliException">It ended before it was ready, or took too long.</exception>
    public static async Task<ServerProcess> StartAsync(int partitions, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory($"nave-bench-{Environment.ProcessId}-").FullName;
        var process = Process.Start(StartInfo(folder, partitions)) ?? throw new CliException("The server's process could not be started.");
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(s_startTimeout);
            var line = await process.StandardOutput.ReadLineAsync(timeout.Token);
            return line is not null && ServerStatus.Read(folder) is { } status
                ? new ServerProcess(process, folder, status)
                : throw new CliException("The server ended before it was ready; what it said is above.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await StopAsync(process, folder);
            throw new CliException($"The server was not ready within {s_startTimeout.TotalSeconds} s.");
        }
        catch
        {
            await StopAsync(process, folder);
            throw;
        }
    }

    public ValueTask DisposeAsync() => StopAsync(Process, _folder);

    private static ProcessStartInfo StartInfo(string folder, int partitions)
    {
        var start = Nave(
            "serve", "--data", folder, "--https-port", "0", "--mqtt-port", "0", "--mqtt-plain-port", "0", "--amqp-port", "0", "--log-level", "Warning",
            "--partitions", partitions.ToString(System.Globalization.CultureInfo.InvariantCulture));
        start.RedirectStandardOutput = true;
        return start;
    }

    // Killing it is safe, and its folder goes anyway.
    private static async ValueTask StopAsync(Process process, string folder)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
