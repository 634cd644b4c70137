using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>Bodies of errors, as clients read them.</summary>
internal sealed class ErrorBodyTarget() : FuzzTarget("error-body",
[
    ErrorBody.Http(new HubError(HubErrorCode.DeviceNotFound, "no d9; sorry"), "0af1", DateTimeOffset.UnixEpoch),
    ErrorBody.HttpJsonText(new HubError(HubErrorCode.DeviceNotOnline, "Timed out."), "t1", DateTimeOffset.UnixEpoch, TimeSpan.Zero),
    ErrorBody.Twin(new HubError(HubErrorCode.ArgumentInvalid, "m"), "t", DateTimeOffset.UnixEpoch),
])
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override bool Execute(byte[] input) => ErrorBody.TryParse(input, out _, out _);
}
