using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Nave.Amqp.Tests;

/// <summary>Qpid Proton, which knows nothing of our code, as the client. Needs Debian's python3-qpid-proton (./test installs it).</summary>
public sealed class ProtonTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("anonymous")]
    [InlineData("plain")]
    [InlineData("wrong_password")]
    [InlineData("no_sasl")]
    [InlineData("outcomes")]
    [InlineData("large_there")]
    [InlineData("large_back")]
    [InlineData("many")]
    [InlineData("presettled")]
    [InlineData("settle_second")]
    [InlineData("refused_link")]
    [InlineData("drain")]
    [InlineData("sessions")]
    [InlineData("idle")]
    public async Task Proton_and_the_engine_understand_each_other(string scenario)
    {
        using var server = new EngineServer();
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Script(), $"{server.Port}", scenario])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var deadline = new CancellationTokenSource(s_deadline);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        Assert.True((await output).Trim() == "ok", $"{scenario}: {await output}{await errors}");
        await server.StopAsync();
    }

    private static string Script([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "proton_peer.py");
}
