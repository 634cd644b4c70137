namespace Nave.Fleet.Simulation;

public sealed class MessageLedgerTests
{
    [Fact]
    public void A_message_that_was_acknowledged_and_is_not_stored_is_lost()
    {
        var ledger = new MessageLedger("run", 3);
        ledger.NoteAcknowledged(0, 0);
        ledger.NoteAcknowledged(2, 70);
        ledger.NoteAcknowledged(2, 3);
        Assert.True(ledger.NoteStored(ledger.IdOf(2, 3)));
        Assert.Equal((3, 1, 2), (ledger.Acknowledged, ledger.Stored, ledger.Lost));
        Assert.True(ledger.NoteStored(ledger.IdOf(0, 0)));
        Assert.True(ledger.NoteStored(ledger.IdOf(2, 70)));
        Assert.Equal((3, 3, 0), (ledger.Acknowledged, ledger.Stored, ledger.Lost));
    }

    [Fact]
    public void A_message_that_is_stored_twice_counts_once_and_hides_no_loss()
    {
        var ledger = new MessageLedger("run", 1);
        ledger.NoteAcknowledged(0, 0);
        ledger.NoteAcknowledged(0, 1);
        ledger.NoteStored("run-0-1");
        ledger.NoteStored("run-0-1");
        Assert.Equal((1, 1, 1), (ledger.Stored, ledger.Repeated, ledger.Lost));
    }

    [Fact]
    public void A_message_that_is_stored_without_an_acknowledgement_is_no_loss()
    {
        var ledger = new MessageLedger("run", 1);
        ledger.NoteStored("run-0-5");
        Assert.Equal((0, 1, 0), (ledger.Acknowledged, ledger.Stored, ledger.Lost));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("other-0-1")]
    [InlineData("run-0")]
    [InlineData("run-9-1")]
    [InlineData("run-0-x")]
    [InlineData("run-0--1")]
    public void Messages_of_others_are_passed_over(string? id) => Assert.False(new MessageLedger("run", 3).NoteStored(id));
}
