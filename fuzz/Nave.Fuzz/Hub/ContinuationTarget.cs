using System.Text;
using Nave.Hub.Queries;

namespace Nave.Fuzz.Hub;

/// <summary>Continuation tokens. Half of the inputs are what is inside the base64.</summary>
internal sealed class ContinuationTarget() : FuzzTarget("query-continuation", [[0, .. Encoding.UTF8.GetBytes(Token)], [1, .. Convert.FromBase64String(Token)]])
{
    private static readonly HubQuery s_query = HubQuery.TryParse("SELECT * FROM devices", out var query, out _) ? query : throw new InvalidOperationException();

    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    private static string Token => new QueryContinuation("d1", 5).ToToken(s_query);

    public override bool Execute(byte[] input)
    {
        if (input.Length < 2)
        {
            return false;
        }

        var token = input[0] % 2 == 0 ? TextOf(input.AsSpan(1)) : Convert.ToBase64String(input, 1, input.Length - 1);
        var isToken = QueryContinuation.TryRead(s_query, token, out var continuation, out var error);
        Check(isToken == (continuation is { Returned: >= 0 } && error is null), "there is a place or an error");
        return isToken;
    }
}
