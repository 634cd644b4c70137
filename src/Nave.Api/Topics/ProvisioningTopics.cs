using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Nave.Api;

/// <summary>The MQTT topics of the device provisioning service. Source: wire facts 17.2.</summary>
public static class ProvisioningTopics
{
    /// <summary>Where a device waits for answers.</summary>
    public const string ResponseFilter = "$dps/registrations/res/#";

    /// <summary>Parses a topic that a device published to, or waits for.</summary>
    /// <returns>Kind <see cref="ProvisioningTopicKind.None"/> for anything else, and for what names no request id.</returns>
    public static ProvisioningTopicMatch Parse(ReadOnlySpan<byte> topic)
    {
        if (!TrySkip(ref topic, "$dps/registrations/"u8))
        {
            return default;
        }

        if (TrySkip(ref topic, "PUT/iotdps-register/"u8))
        {
            return Query(ProvisioningTopicKind.Register, topic, 0);
        }

        if (TrySkip(ref topic, "GET/iotdps-get-operationstatus/"u8))
        {
            return Query(ProvisioningTopicKind.GetOperation, topic, 0);
        }

        if (!TrySkip(ref topic, "res/"u8)
            || !Utf8Parser.TryParse(topic, out int status, out var used)
            || used >= topic.Length
            || topic[used] != '/')
        {
            return default;
        }

        return Query(ProvisioningTopicKind.Response, topic[(used + 1)..], status);
    }

    /// <summary>Builds the topic on which a device registers.</summary>
    public static string Register(string requestId) => $"$dps/registrations/PUT/iotdps-register/?$rid={requestId}";

    /// <summary>Builds the topic on which a device asks how its registration stands.</summary>
    public static string GetOperation(string requestId, string operationId) =>
        $"$dps/registrations/GET/iotdps-get-operationstatus/?$rid={requestId}&operationId={Uri.EscapeDataString(operationId)}";

    /// <summary>Builds the topic of an answer; <c>retry-after</c> in lower case, as every client takes it (wire facts 17.2.7).</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="requestId">Echoed exactly.</param>
    /// <param name="retryAfter">How long the device is to wait; <see langword="null"/> = not said.</param>
    public static void WriteResponse(IBufferWriter<byte> output, int status, ReadOnlySpan<byte> requestId, TimeSpan? retryAfter)
    {
        output.Write("$dps/registrations/res/"u8);
        Write(output, status);
        output.Write("/?$rid="u8);
        output.Write(requestId);
        if (retryAfter is { } wait)
        {
            output.Write("&retry-after="u8);
            Write(output, (int)Math.Ceiling(wait.TotalSeconds));
        }
    }

    private static void Write(IBufferWriter<byte> output, int number) =>
        output.Write(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    // Reads ?$rid=…&operationId=…&retry-after=… in any order; a request without an id cannot be answered and is no match.
    private static ProvisioningTopicMatch Query(ProvisioningTopicKind kind, ReadOnlySpan<byte> query, int status)
    {
        if (!query.IsEmpty && query[0] == '?')
        {
            query = query[1..];
        }

        ReadOnlySpan<byte> requestId = default, operationId = default;
        int? retryAfter = null;
        while (!query.IsEmpty)
        {
            var end = query.IndexOf((byte)'&');
            var pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            if (TrySkip(ref pair, "$rid="u8) || TrySkip(ref pair, "%24rid="u8))
            {
                requestId = pair;
            }
            else if (TrySkip(ref pair, "operationId="u8))
            {
                operationId = pair;
            }
            else if (TrySkip(ref pair, "retry-after="u8) && Utf8Parser.TryParse(pair, out int seconds, out var used) && used == pair.Length && seconds >= 0)
            {
                retryAfter = seconds;
            }
        }

        return requestId.IsEmpty
            ? default
            : new ProvisioningTopicMatch
            {
                Kind = kind, RequestId = requestId, OperationId = operationId, Status = status, RetryAfterSeconds = retryAfter,
            };
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix)
    {
        if (text.Length < prefix.Length || !Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix))
        {
            return false;
        }

        text = text[prefix.Length..];
        return true;
    }
}
