using System.Text;
using Nave.Api;
using Nave.Hub.Provisioning;

namespace Nave.Hub.Tests.Provisioning;

/// <summary>A webhook that is a function of the test.</summary>
internal sealed class FunctionWebhook : IAllocationWebhook
{
    public Func<string, Task<HubResult<ReadOnlyMemory<byte>>>> Answer { get; set; } =
        _ => Task.FromResult<HubResult<ReadOnlyMemory<byte>>>(new HubError(HubErrorCode.CustomAllocationFailed, "No webhook."));

    public static HubResult<ReadOnlyMemory<byte>> Json(string json) => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(json);

    public async ValueTask<HubResult<ReadOnlyMemory<byte>>> PostAsync(Uri url, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        await Answer(Encoding.UTF8.GetString(body.Span)).WaitAsync(cancellationToken);
}
