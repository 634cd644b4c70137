using System.Text;

namespace Nave.Cli.Tests;

/// <summary>Stdout of a command that does not end by itself: tells when the first line is there.</summary>
internal sealed class LineWriter : StringWriter
{
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> FirstLine => _first.Task;

    public override Encoding Encoding => Encoding.UTF8;

    public override async Task WriteLineAsync(string? value)
    {
        await base.WriteLineAsync(value);
        _first.TrySetResult(value ?? string.Empty);
    }

    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        _first.TrySetResult(value ?? string.Empty);
    }
}
