namespace Nave.Amqp.Tests;

public sealed class SaslTests
{
    private static readonly AmqpConnectionOptions s_server = Pair.Options("server") with { SaslMechanisms = ["ANONYMOUS", "PLAIN", "MSSBCBS", "TPM"] };

    [Theory]
    [InlineData("ANONYMOUS")]
    [InlineData("PLAIN")]
    [InlineData("MSSBCBS")]
    public void A_mechanism_of_one_message_opens(string mechanism)
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var pair = new Pair(Pair.Options("client") with { Sasl = new AmqpSaslClient { Mechanism = mechanism, InitialResponse = "\0u\0p"u8.ToArray() } }, s_server, seed);
            pair.Begin();
            Assert.Equal([$"sasl {mechanism}", "open client", "begin"], pair.ServerOwner.Log);
        }
    }

    [Fact]
    public void A_wrong_password_ends_with_the_code_and_nothing_is_opened()
    {
        var pair = new Pair(Pair.Options("client") with { Sasl = new AmqpSaslClient { Mechanism = "PLAIN" } }, s_server);
        pair.ServerOwner.SaslInit = (connection, _) => connection.SaslOutcome(AmqpSaslCode.Auth);
        pair.Client.Start();
        pair.Run();
        Assert.Equal(["close by peer"], pair.ClientOwner.Log);
        Assert.Equal(["sasl PLAIN", "close"], pair.ServerOwner.Log);
        Assert.Equal(AmqpCondition.UnauthorizedAccess, pair.ClientOwner.CloseReason!.Condition);
    }

    [Fact]
    public void A_mechanism_that_is_not_offered_ends_on_either_side()
    {
        var pair = new Pair(Pair.Options("client") with { Sasl = new AmqpSaslClient { Mechanism = "SCRAM" } }, s_server);
        pair.Client.Start();
        pair.Run();
        Assert.Equal(["close"], pair.ClientOwner.Log);
        var raw = new RawClient(s_server);
        raw.Send(RawClient.SaslHeader, RawClient.Sasl(0x41, AmqpValue.Symbol("EXTERNAL")));
        Assert.Equal(["close"], raw.Owner.Log);
    }

    [Fact]
    public void A_mechanism_of_many_messages_goes_back_and_forth()
    {
        var client = new Tpm { Mechanism = "TPM", InitialResponse = [0, 1], HostName = "scope/registrations/id" };
        var pair = new Pair(Pair.Options("client") with { Sasl = client }, s_server);
        var responses = new List<byte[]>();
        pair.ServerOwner.SaslInit = (connection, init) =>
        {
            Assert.Equal("scope/registrations/id", init.HostName);
            connection.SaslChallenge([0]);
        };
        pair.ServerOwner.SaslResponse = (connection, response) =>
        {
            responses.Add(response);
            if (responses.Count == 3)
            {
                connection.SaslOutcome(AmqpSaslCode.Ok);
            }
            else
            {
                connection.SaslChallenge([(byte)responses.Count]);
            }
        };
        pair.Begin();
        Assert.Equal([[100], [101], [102]], responses);
        Assert.Equal(AmqpConnectionState.Open, pair.Client.State);
    }

    [Fact]
    public void While_the_owner_thinks_nothing_is_received()
    {
        var raw = new RawClient(s_server);
        raw.Owner.SaslInit = (_, _) => { };
        raw.Owner.Open = (_, _) => { };
        byte[] pipelined = [.. RawClient.SaslHeader, .. RawClient.Sasl(0x41, AmqpValue.Symbol("ANONYMOUS")), .. RawClient.Header, .. RawClient.Open(), .. RawClient.Begin()];
        var at = raw.Engine.Receive(pipelined, out _);
        Assert.True(raw.Engine.IsPaused);
        Assert.Equal(0, raw.Engine.Receive(pipelined.AsSpan(at), out _));
        raw.Engine.SaslOutcome(AmqpSaslCode.Ok);
        at += raw.Engine.Receive(pipelined.AsSpan(at), out _);
        Assert.Equal(AmqpConnectionState.Opening, raw.Engine.State);
        Assert.Equal(0, raw.Engine.Receive(pipelined.AsSpan(at), out _));
        raw.Engine.Accept();
        at += raw.Engine.Receive(pipelined.AsSpan(at), out _);
        Assert.Equal(pipelined.Length, at);
        Assert.Equal("begin", raw.Owner.Log[^1]);
    }

    private sealed class Tpm : AmqpSaslClient
    {
        public override byte[]? Respond(ReadOnlySpan<byte> challenge) => [(byte)(100 + challenge[0])];
    }
}
