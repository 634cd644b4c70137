using System.CommandLine;
using System.Runtime.CompilerServices;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary>A command on a device provisioning service, Nave's or Azure's.</summary>
internal abstract class ProvisioningCommand(CliConsole console, string name, string description) : ClientCommand(console, name, description)
{
    // The most that a page may have.
    private const int PageSize = 1000;

    protected override bool IsProvisioning(ParseResult parsed) => true;

    protected sealed override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        using var client = call.Target.CreateProvisioning();
        return await RunAsync(call, client, cancellationToken);
    }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken);

    /// <summary>Reads a query to its end, or to so many items.</summary>
    protected static async IAsyncEnumerable<T> AllAsync<T>(
        Func<int, string?, Task<ProvisioningPage<T>>> query, int? top, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var left = top ?? int.MaxValue;
        string? continuation = null;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await query(Math.Min(PageSize, left), continuation);
            foreach (var item in page.Items)
            {
                yield return item;
                if (--left == 0)
                {
                    yield break;
                }
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }
}
