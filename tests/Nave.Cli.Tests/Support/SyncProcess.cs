using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Nave.Testing;

namespace Nave.Cli.Tests;

/// <summary>One life of <c>nave sync serve</c>: a process of its own, that can be killed.</summary>
internal sealed class SyncProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SyncProcess(Process process) => _process = process;

    /// <summary>Gets what it printed when it was ready.</summary>
    public JsonElement Ready { get; private set; }

    /// <summary>Starts it, and waits until it is ready.</summary>
    public static async Task<SyncProcess> StartAsync(string configuration, string data)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "nave.dll"), "sync", "serve", "--config", configuration, "--data", data])
        {
            start.ArgumentList.Add(argument);
        }

        var sync = new SyncProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        sync.Begin();
        sync.Ready = JsonDocument.Parse(await sync._ready.Task.WaitAsync(TestDeadline.Default + TestDeadline.Default)).RootElement;
        return sync;
    }

    /// <summary>Kills it at once (SIGKILL), and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Begin()
    {
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text)
            {
                _ready.TrySetResult(text);
            }
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        _process.Exited += (_, _) =>
        {
            lock (_errors)
            {
                _ready.TrySetException(new InvalidOperationException($"It ended before it was ready. It said: {_errors}"));
            }
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }
}
