using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Nave.Crash.Tests.Hosting;

/// <summary>One life of a hub: a process of its own, that can be killed.</summary>
internal sealed class HubProcess : IDisposable
{
    // What the process said last; the rest is in the log file.
    private const int MaxTailCharacters = 4000;

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    private bool _disposed;

    private HubProcess(Process process) => _process = process;

    /// <summary>Gets the time from the start of the process until it said that it was ready.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Gets the end of what it wrote to stderr.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                var text = _errors.ToString();
                return text.Length > MaxTailCharacters ? text[^MaxTailCharacters..] : text;
            }
        }
    }

    /// <summary>Gets the exit code of a process that has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Gets a value indicating whether the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>nave serve</c>; it is not ready yet.</summary>
    public static HubProcess Start(string dataFolder, HubPorts ports)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] arguments =
        [
            NaveBinary.Path, "serve", "--data", dataFolder, "--host", "localhost", "--https-port", Text(ports.Https), "--mqtt-port",
            Text(ports.Mqtt), "--mqtt-plain-port", Text(ports.MqttPlain), "--amqp-port",
            Text(ports.Amqp), "--amqp-plain-port", Text(ports.AmqpPlain),
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var hub = new HubProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        hub.Begin();
        return hub;
    }

    /// <summary>Waits until the hub takes work.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message has what it said.</exception>
    public async Task<HubAddress> WaitReadyAsync(TimeSpan timeout)
    {
        var line = await _ready.Task.WaitAsync(timeout, TimeProvider.System);
        ReadyAfter = _watch.Elapsed;
        return HubAddress.Parse(line);
    }

    /// <summary>Kills it at once (SIGKILL), and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end (SIGTERM).</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> TerminateAsync(TimeSpan timeout)
    {
        var watch = Stopwatch.StartNew();
        Signals.Terminate(_process.Id);
        await WaitForExitAsync(timeout);
        return watch.Elapsed;
    }

    /// <summary>Waits until it ends by itself.</summary>
    public Task WaitForExitAsync(TimeSpan timeout) => _process.WaitForExitAsync().WaitAsync(timeout, TimeProvider.System);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private void Begin()
    {
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text && text[0] == '{')
            {
                _ready.TrySetResult(text);
            }
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
                if (_errors.Length > 4 * MaxTailCharacters)
                {
                    _errors.Remove(0, 2 * MaxTailCharacters);
                }
            }
        };
        _process.Exited += (_, _) => _ready.TrySetException(
            new InvalidOperationException($"The hub ended with code {_process.ExitCode} before it was ready. It said: {Errors}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }
}
